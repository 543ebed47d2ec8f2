/**
 * What comes next when a data center is lost. Pure.
 *
 * 1. First nothing there may write any more: whoever can be reached through the tablets port is ended
 *    and kept from running; for the others the operator has typed the data center's name.
 * 2. A shard whose primary is lost, or whose primary has nobody left to acknowledge its writes, needs
 *    the durability policy `none` until there are replacements; then its own comes back.
 * 3. The records of the lost servers go, so that one of them that comes back finds another primary and
 *    joins as a replica that nobody reads until it is healed.
 */
import {
  type ClusterView,
  hasPrimary,
  inShard,
  shardName,
  type TabletView,
} from "./cluster-view.ts";
import { type AddTablet, decideJoin } from "./decide-join.ts";
import type { Json } from "./operation-rows.ts";
import { Problem } from "./problem.ts";
import type { Decision } from "./procedure.ts";
import type { ShardRecord } from "./vtctld.ts";

export interface FailOver {
  readonly id: string;
  /** The one that is lost. */
  readonly dataCenter: string;
  /** Each keyspace's own durability policy. */
  readonly durability: Readonly<Record<string, string>>;
}

export interface FailOverView extends ClusterView {
  readonly shards: readonly (ShardRecord & { readonly keyspace: string })[];
  /** By keyspace, as it is now. */
  readonly policies: Readonly<Record<string, string>>;
  /** What was known of each shard when it was promoted. */
  readonly promotions: readonly Json[];
}

export type FailOverAction =
  | AddTablet
  | { readonly kind: "fence"; readonly names: readonly string[] }
  | { readonly kind: "set-durability"; readonly keyspace: string; readonly policy: string }
  | {
      readonly kind: "promote";
      /** As keyspace/shard. */
      readonly shard: string;
      readonly to: string | undefined;
      readonly ignored: readonly string[];
    }
  | { readonly kind: "forget"; readonly alias: string };

type Next = Decision<FailOverAction> | undefined;

/** Durability `semi_sync` survives the loss of one only with so many. */
const FEWEST = 3;
const NO_POLICY = "none";

const survivorsOf = ({ dataCenter }: FailOver, view: FailOverView, shard: string): TabletView[] =>
  inShard(view, shard).filter((one) => one.dataCenter !== dataCenter);

const nameOf = ({ keyspace, name }: { keyspace: string; name: string }): string =>
  shardName({ keyspace, shard: name });

/** Its primary is in the lost data center, as the topology has it. */
const isHeadless = ({ dataCenter }: FailOver, { primary }: ShardRecord): boolean =>
  primary === null || primary.startsWith(`${dataCenter}-`);

const decideFence = ({ dataCenter }: FailOver, view: FailOverView): Next => {
  const names = view.managed
    .filter((one) => one.dataCenter === dataCenter && one.isFenced === false && !one.isLeaving)
    .map(({ name }) => name);
  return names.length === 0
    ? undefined
    : { kind: "act", phase: "fence", action: { kind: "fence", names } };
};

const decidePolicy = (failOver: FailOver, view: FailOverView): Next => {
  for (const keyspace of Object.keys(failOver.durability)) {
    const isWeak = view.shards
      .filter((shard) => shard.keyspace === keyspace)
      .some(
        (shard) =>
          isHeadless(failOver, shard) || survivorsOf(failOver, view, nameOf(shard)).length < 2,
      );
    if (isWeak && view.policies[keyspace] !== NO_POLICY)
      return {
        kind: "act",
        phase: "durability",
        action: { kind: "set-durability", keyspace, policy: NO_POLICY },
      };
  }
  return undefined;
};

const decidePromotion = (failOver: FailOver, view: FailOverView): Next => {
  const headless = view.shards.find((shard) => isHeadless(failOver, shard));
  if (headless === undefined) return undefined;
  const shard = nameOf(headless);
  const [survivor, another] = survivorsOf(failOver, view, shard);
  if (survivor === undefined)
    return {
      kind: "fail",
      problem: new Problem("conflict", `nothing of ${shard} is left: restore it from a backup`),
    };
  const ignored = inShard(view, shard)
    .filter(({ dataCenter }) => dataCenter === failOver.dataCenter)
    .map(({ alias }) => alias);
  return {
    kind: "act",
    phase: "promote",
    // Of several Vitess takes the one that has most.
    action: { kind: "promote", shard, to: another ? undefined : survivor.alias, ignored },
  };
};

/** Until every shard has a primary among the survivors, and the lost can do no harm. */
export const decideRescue = (failOver: FailOver, view: FailOverView): Next =>
  decideFence(failOver, view) ?? decidePolicy(failOver, view) ?? decidePromotion(failOver, view);

const waitForPrimaries = (view: FailOverView): Next => {
  const waiting = view.shards.find((shard) => !hasPrimary(view, nameOf(shard)));
  return waiting && { kind: "wait", phase: "promote", next: `${nameOf(waiting)} begins to serve` };
};

const decideRecords = ({ dataCenter }: FailOver, view: FailOverView): Next => {
  const lost = view.tablets.find((one) => one.dataCenter === dataCenter);
  return lost && { kind: "act", phase: "forget", action: { kind: "forget", alias: lost.alias } };
};

const decideReplacements = (failOver: FailOver, view: FailOverView): Next => {
  for (const record of view.shards) {
    const shard = nameOf(record);
    const survivors = survivorsOf(failOver, view, shard);
    const own = survivors.filter(
      ({ alias }) =>
        !view.managed.some(
          (one) => one.alias === alias && one.madeBy?.startsWith(`${failOver.id}/`),
        ),
    );
    const dataCenter = survivors[0]?.dataCenter ?? "";
    for (let number = 1; number <= FEWEST - own.length; number += 1) {
      const by = `${failOver.id}/${shard}/${number}`;
      const decision = decideJoin({ by, shard, dataCenter }, view);
      if (decision.kind !== "done") return decision;
    }
  }
  return undefined;
};

const decideReturn = ({ durability }: FailOver, view: FailOverView): Next => {
  for (const [keyspace, policy] of Object.entries(durability))
    if (view.policies[keyspace] !== policy)
      return {
        kind: "act",
        phase: "durability",
        action: { kind: "set-durability", keyspace, policy },
      };
  return undefined;
};

export const decideFailOver = (
  failOver: FailOver,
  view: FailOverView,
): Decision<FailOverAction> => {
  const next =
    decideRescue(failOver, view) ??
    decideRecords(failOver, view) ??
    waitForPrimaries(view) ??
    decideReplacements(failOver, view) ??
    decideReturn(failOver, view);
  if (next !== undefined) return next;
  const { dataCenter } = failOver;
  const joined = view.managed
    .filter(({ madeBy }) => madeBy?.startsWith(`${failOver.id}/`))
    .map(({ name }) => name);
  return {
    kind: "done",
    result: { dataCenter, promoted: view.promotions, joined },
  };
};
