/**
 * What comes next for a shard that moves to another data center: servers join there, the primary
 * moves, the servers of the old home leave, but for a standby where there is to be one. Pure.
 */
import {
  type ClusterView,
  candidates,
  inShard,
  isSettled,
  primaryOf,
  SETTLING,
  shardName,
} from "./cluster-view.ts";
import { type AddTablet, decideJoin } from "./decide-join.ts";
import { decideLeaving, type LeaveAction } from "./decide-leaving.ts";
import type { Decision } from "./procedure.ts";

export interface Migration {
  /** Unique to the operation and the shard. */
  readonly id: string;
  /** As keyspace/shard. */
  readonly shard: string;
  /** The data center that is to be its home. */
  readonly to: string;
  /** Nothing stays there; where it is not given, one server stays elsewhere as a standby. */
  readonly leaving?: string;
}

/** A shard's servers at home, the primary among them, and those elsewhere. */
const AT_HOME = 2;
const ELSEWHERE = 1;

/** One after the other, so that the donors have but one copy to give at a time. */
const decideArrivals = (
  { id, shard, to, leaving }: Migration,
  view: ClusterView,
): Decision<AddTablet> | undefined => {
  const isStaying = ({ dataCenter }: { dataCenter: string }): boolean =>
    leaving === undefined ? dataCenter === to : dataCenter !== leaving;
  const own = view.managed.filter(
    (one) => shardName(one) === shard && isStaying(one) && one.isFenced !== true,
  );
  const made = own.filter(({ madeBy }) => madeBy?.startsWith(`${id}/`));
  const wanted = leaving === undefined ? AT_HOME : AT_HOME + ELSEWHERE;
  for (let number = 1; number <= wanted - (own.length - made.length); number += 1) {
    const decision = decideJoin({ by: `${id}/${number}`, shard, dataCenter: to }, view);
    if (decision.kind !== "done") return decision;
  }
  return undefined;
};

const compare = <T extends number | string>(one: T, other: T): number =>
  Number(one > other) - Number(one < other);

const decideRetreat = (
  { shard, to, leaving }: Migration,
  view: ClusterView,
): Decision<LeaveAction> | undefined => {
  const isGoing = ({ dataCenter }: { dataCenter: string }): boolean =>
    leaving === undefined ? dataCenter !== to : dataCenter === leaving;
  const names = [
    ...view.managed.filter((one) => shardName(one) === shard && isGoing(one)),
    ...inShard(view, shard).filter(isGoing),
  ].map(({ name }) => name);
  // The first stays, whichever of them was asked for first. Of whom nothing but the record is left
  // comes last, and is the next.
  const rankOf = (name: string): number => {
    const managed = view.managed.find((one) => one.name === name);
    return managed === undefined ? Number.POSITIVE_INFINITY : (managed.rank ?? 0);
  };
  const next = [...new Set(names)]
    .sort((one, other) => compare(rankOf(one), rankOf(other)) || compare(one, other))
    .slice(leaving === undefined ? ELSEWHERE : 0)
    .at(-1);
  return next === undefined ? undefined : decideLeaving(next, shard, view);
};

const decidePrimary = (
  { shard, to }: Migration,
  view: ClusterView,
): Decision<LeaveAction> | undefined => {
  const phase = "move the primary";
  const primary = primaryOf(view, shard);
  if (primary === undefined)
    return { kind: "wait", phase, next: `${shard} has no primary just now` };
  if (primary.dataCenter === to) return undefined;
  const next = candidates(view, shard, to).find(({ dataCenter }) => dataCenter === to);
  if (next === undefined) return { kind: "wait", phase, next: `no replica in ${to} keeps up` };
  if (!isSettled(view, shard)) return { kind: "wait", phase, next: SETTLING };
  return { kind: "act", phase, action: { kind: "hand-over", from: primary.alias, to: next.alias } };
};

export const decideMigration = (
  migration: Migration,
  view: ClusterView,
): Decision<AddTablet | LeaveAction> => {
  const { shard, to } = migration;
  const primary = primaryOf(view, shard);
  return (
    decideArrivals(migration, view) ??
    decidePrimary(migration, view) ??
    decideRetreat(migration, view) ?? {
      kind: "done",
      result: { shard, home: to, primary: primary?.name },
    }
  );
};
