/**
 * What comes next for a shard that moves to another data center: servers join there, the primary
 * moves, the servers of the old home leave but for one, the standby. Pure.
 */
import {
  type ClusterView,
  candidates,
  inShard,
  isSettled,
  primaryOf,
  SETTLING,
  shardName,
} from "#shared/cluster-view.ts";
import { type AddTablet, decideJoin } from "#shared/decide-join.ts";
import { decideLeaving, type LeaveAction } from "#shared/decide-leaving.ts";
import type { Decision } from "#shared/procedure.ts";

export interface Migration {
  readonly id: string;
  /** As keyspace/shard. */
  readonly shard: string;
  /** The data center that is to be its home. */
  readonly to: string;
}

export type MigrateAction = AddTablet | LeaveAction;

/** A shard's servers at home, the primary among them, and those elsewhere. */
const AT_HOME = 2;
const ELSEWHERE = 1;

/** One after the other, so that the donors have but one copy to give at a time. */
const decideArrivals = (
  { id, shard, to }: Migration,
  view: ClusterView,
): Decision<AddTablet> | undefined => {
  const own = view.managed.filter((one) => shardName(one) === shard && one.dataCenter === to);
  const made = own.filter(({ madeBy }) => madeBy?.startsWith(`${id}/`));
  const before = own.length - made.length;
  for (let number = 1; number <= AT_HOME - before; number += 1) {
    const decision = decideJoin({ by: `${id}/${number}`, shard, dataCenter: to }, view);
    if (decision.kind !== "done") return decision;
  }
  return undefined;
};

const compare = <T extends number | string>(one: T, other: T): number =>
  Number(one > other) - Number(one < other);

const decideRetreat = (
  { shard, to }: Migration,
  view: ClusterView,
): Decision<LeaveAction> | undefined => {
  const names = [
    ...view.managed.filter((one) => shardName(one) === shard && one.dataCenter !== to),
    ...inShard(view, shard).filter((one) => one.dataCenter !== to),
  ].map(({ name }) => name);
  // The first stays, whichever of them was asked for first. Of whom nothing but the record is left
  // comes last, and is the next.
  const rankOf = (name: string): number => {
    const managed = view.managed.find((one) => one.name === name);
    return managed === undefined ? Number.POSITIVE_INFINITY : (managed.rank ?? 0);
  };
  const leaving = [...new Set(names)]
    .sort((one, other) => compare(rankOf(one), rankOf(other)) || compare(one, other))
    .slice(ELSEWHERE)
    .at(-1);
  return leaving === undefined ? undefined : decideLeaving(leaving, shard, view);
};

export const decideMigration = (
  migration: Migration,
  view: ClusterView,
): Decision<MigrateAction> => {
  const { shard, to } = migration;
  const arrival = decideArrivals(migration, view);
  if (arrival !== undefined) return arrival;
  const primary = primaryOf(view, shard);
  if (primary === undefined)
    return { kind: "wait", phase: "move the primary", next: `${shard} has no primary just now` };
  if (primary.dataCenter !== to) {
    const next = candidates(view, shard, to).find(({ dataCenter }) => dataCenter === to);
    if (next === undefined)
      return { kind: "wait", phase: "move the primary", next: `no replica in ${to} keeps up` };
    if (!isSettled(view, shard)) return { kind: "wait", phase: "move the primary", next: SETTLING };
    const action = { kind: "hand-over", from: primary.alias, to: next.alias } as const;
    return { kind: "act", phase: "move the primary", action };
  }
  const retreat = decideRetreat(migration, view);
  return retreat ?? { kind: "done", result: { shard, home: to, primary: primary.name } };
};
