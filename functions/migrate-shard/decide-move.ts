/** What comes next where a shard, a region, a category or all of a data center moves. Pure. */
import { type ClusterView, inShard, shardName } from "#shared/cluster-view.ts";
import type { AddTablet } from "#shared/decide-join.ts";
import type { LeaveAction } from "#shared/decide-leaving.ts";
import { decideMigration, type Migration } from "#shared/decide-migration.ts";
import { decideRetraction } from "#shared/decide-retraction.ts";
import { decideSplit } from "#shared/decide-split.ts";
import { decideUnsplit } from "#shared/decide-unsplit.ts";
import { Problem } from "#shared/problem.ts";
import type { Decision } from "#shared/procedure.ts";
import type { Split, SplitAction } from "#shared/split.ts";
import type { SplitView } from "#shared/split-view.ts";

export type MoveAction =
  | AddTablet
  | { readonly kind: "leave"; readonly shard: string; readonly action: LeaveAction }
  | { readonly kind: "split"; readonly split: Split; readonly action: SplitAction };

export interface Move {
  /** What is cut off first, in this order. */
  readonly splits: readonly Split[];
  /** What then moves. */
  readonly migrations: readonly Migration[];
}

const ofSplit = (split: Split, decision: Decision<SplitAction>): Decision<MoveAction> =>
  decision.kind === "act"
    ? { ...decision, action: { kind: "split", split, action: decision.action } }
    : decision;

const ofMigration = (
  shard: string,
  decision: Decision<AddTablet | LeaveAction>,
): Decision<MoveAction> => {
  if (decision.kind !== "act" || decision.action.kind === "add")
    return decision as Decision<MoveAction>;
  return { ...decision, action: { kind: "leave", shard, action: decision.action } };
};

/** The shard is gone, and so are its servers. */
const isOver = ({ keyspace, source }: Split, view: SplitView): boolean =>
  !(
    view.shards.some(({ name }) => name === source) ||
    view.managed.some((one) => one.keyspace === keyspace && one.shard === source)
  );

export const decideMove = ({ splits, migrations }: Move, view: SplitView): Decision<MoveAction> => {
  const split = splits.find((one) => !isOver(one, view));
  if (split !== undefined) {
    const decision = decideSplit(split, view);
    if (decision.kind !== "done") return ofSplit(split, decision);
  }
  const results = [];
  for (const migration of migrations) {
    const decision = decideMigration(migration, view);
    if (decision.kind !== "done") return ofMigration(migration.shard, decision);
    results.push(decision.result);
  }
  return { kind: "done", result: { moved: results, ...(results[0] ?? {}) } };
};

/** A split that is under way is taken back, and so are servers that came; what has moved stays. */
export const decideMoveBack = (
  { splits, migrations }: Move,
  view: SplitView,
): Decision<MoveAction> => {
  const split = splits.find((one) => !isOver(one, view));
  if (split !== undefined) return ofSplit(split, decideUnsplit(split, view));
  for (const migration of migrations) {
    const decision = decideRetraction(migration, view);
    if (decision !== undefined) return ofMigration(migration.shard, decision);
  }
  return { kind: "done", result: {} };
};

/** All shards leave a data center, for the one of the others where they have most servers. */
export const toEvacuation = (id: string, leaving: string, view: ClusterView): Migration[] => {
  const shards = [...new Set(view.tablets.map(shardName))].sort();
  return shards.map((shard) => {
    const others = (all: readonly { readonly dataCenter: string }[]): string[] =>
      all.map(({ dataCenter }) => dataCenter).filter((one) => one !== leaving);
    const [to] = [...others(inShard(view, shard)), ...others(view.tablets)];
    if (to === undefined) throw new Problem("conflict", `there is no data center but ${leaving}`);
    return { id: `${id}/${shard}`, shard, to, leaving };
  });
};
