/** A split as a procedure, forward and back: for the functions that split a shard. */

import { createActSplit } from "./act-split.ts";
import { splitShard } from "./cluster-view.ts";
import { decideSplit } from "./decide-split.ts";
import { decideUnsplit } from "./decide-unsplit.ts";
import type { Json, Operation } from "./operation-rows.ts";
import { Problem } from "./problem.ts";
import type { Decision, Phase } from "./procedure.ts";
import type { Split, SplitAction } from "./split.ts";
import { readSplitView, type SplitView } from "./split-view.ts";
import type { Outcome } from "./step-outcome.ts";
import type { TabletProcedure, TabletTools } from "./tablet-function.ts";

export interface StoredSplit {
  /** As keyspace/shard. */
  readonly shard: string;
  /** Without the keyspace. */
  readonly targets: readonly string[];
  readonly home: string;
  readonly away: string;
  readonly keepSeconds: number;
}

/** When the old shard began to be kept; undefined before. */
const keptSince = ({ progress }: Operation): number | undefined =>
  ((progress["phases"] ?? []) as Phase[]).find(({ name }) => name === "keep")?.startedAt;

/** Each operation has workflows of its own. */
export const toWorkflow = (operationId: string): string => `split_${operationId.slice(0, 8)}`;

export const toSplit = (operation: Operation, stored: StoredSplit, now: number): Split => {
  const { keyspace, shard: source } = splitShard(stored.shard);
  const { targets, home, away, keepSeconds } = stored;
  return {
    ...{ id: operation.id, keyspace, source, targets, home, away },
    workflow: toWorkflow(operation.id),
    keepUntil: (keptSince(operation) ?? now) + keepSeconds * 1_000,
  };
};

/** How it ends once all has been taken back. */
export const concludeTakeBack = ({ progress }: Operation, result: Json): Outcome => {
  const problem = progress["problem"] as Json | undefined;
  if (problem !== undefined)
    return { kind: "fail", problem: new Problem("internal", String(problem["detail"])) };
  return { kind: progress["takeBack"] === "undo" ? "undo" : "cancel", result };
};

/** For whoever was at work when it was taken back to notice, and to end what he had begun. */
const GRACE_MS = 3_000;
const SWITCH_GRACE_MS = 30_000;
/** Phases after which a switch may be under way. */
const NEAR_SWITCH = ["compare", "switch"];

/** Until then nothing is taken back, in milliseconds since 1970. */
export const toTakeBackAt = ({ progress }: Operation, now: number): number => {
  const last = ((progress["phases"] ?? []) as Phase[]).at(-1)?.name ?? "";
  return now + (NEAR_SWITCH.includes(last) ? SWITCH_GRACE_MS : GRACE_MS);
};

const isTooEarly = ({ progress }: Operation, now: number): boolean =>
  now < Number(progress["takeBackAt"] ?? 0);

/** Decides once nobody else can be at work any more. */
export const afterGrace =
  <View extends { readonly at: number }, Action>(
    decide: (operation: Operation, view: View) => Decision<Action>,
  ) =>
  (operation: Operation, view: View): Decision<Action> =>
    isTooEarly(operation, view.at)
      ? { kind: "wait", phase: "take back", next: "what was under way comes to an end first" }
      : decide(operation, view);

const DAY_MS = 24 * 60 * 60_000;

type SplitProcedure = TabletProcedure<SplitView, SplitAction>;

export const createSplitProcedures = (
  tools: TabletTools,
  toStored: (operation: Operation) => StoredSplit,
): { readonly forward: SplitProcedure; readonly back: SplitProcedure } => {
  const act = createActSplit(tools);
  const of =
    (decide: (split: Split, view: SplitView) => Decision<SplitAction>) =>
    (operation: Operation, view: SplitView): Decision<SplitAction> =>
      decide(toSplit(operation, toStored(operation), view.at), view);
  const common = {
    extend: (view, operation) => {
      const { keyspace } = splitShard(toStored(operation).shard);
      return readSplitView(tools, view, { keyspace, workflow: toWorkflow(operation.id) });
    },
    act: (action, operation) => act(action, toSplit(operation, toStored(operation), Date.now())),
  } satisfies Partial<SplitProcedure>;
  return {
    // The copy of a large shard takes hours, and its old one may be kept for a week.
    forward: { ...common, longestMs: 10 * DAY_MS, decide: of(decideSplit) },
    back: {
      ...common,
      longestMs: 20 * DAY_MS,
      decide: afterGrace(of(decideUnsplit)),
      conclude: concludeTakeBack,
    },
  };
};
