/** An operation as callers see it: how far it is, how long it will take, what comes next. Pure. */
import type { Tally } from "#shared/load-ledger.ts";
import type { LoadPart } from "#shared/load-ledger-reads.ts";
import type { Json, Operation, StepTimes } from "#shared/operation-rows.ts";
import { hasEnded } from "#shared/operation-state.ts";

export interface ViewInput {
  readonly operation: Operation;
  readonly steps: StepTimes;
  /** Of a load that has chunks. */
  readonly tally?: Tally;
  /** Likewise, by table and shard. */
  readonly parts?: readonly LoadPart[];
  readonly now: number;
}

const toSeconds = (ms: number): number => Math.round(ms) / 1000;

/** The list's form: what the operation's own row tells. */
export const toSummary = ({ createdAt, updatedAt, ...operation }: Operation): Json => ({
  ...operation,
  createdAt: new Date(createdAt).toISOString(),
  updatedAt: new Date(updatedAt).toISOString(),
});

const toSteps = (steps: StepTimes, now: number): Json[] =>
  Object.entries(steps)
    .sort(([, one], [, other]) => one.startedAt - other.startedAt)
    .map(([name, { startedAt, finishedAt }]) => ({
      name,
      startedAt: new Date(startedAt).toISOString(),
      seconds: toSeconds((finishedAt ?? now) - startedAt),
      isDone: finishedAt !== null,
    }));

/** Before this share is done, a rate says little about the rest. */
const TELLING = 0.02;

const estimate = (done: number, total: number, ms: number): Json => {
  const perSecond = ms <= 0 ? 0 : (done * 1000) / ms;
  return {
    done,
    total,
    rowsPerSecond: Math.round(perSecond),
    ...(perSecond === 0 || done < total * TELLING
      ? {}
      : { secondsLeft: Math.ceil((total - done) / perSecond) }),
  };
};

const toProgress = ({ operation, steps, tally, parts = [], now }: ViewInput): Json => {
  const { plan: _plan, verifiedAt: _at, reads: _reads, ...progress } = operation.progress;
  const load = steps["load"];
  const isLoading = progress["phase"] !== "removing";
  if (!isLoading || tally === undefined || tally.rows === 0 || load === undefined) return progress;
  const ms = (load.finishedAt ?? now) - load.startedAt;
  return { ...progress, rows: estimate(tally.doneRows, tally.rows, ms), parts };
};

const words: Readonly<Record<string, string>> = {
  planning: "read the staged files and check every row",
  loading: "insert the rest of the rows",
  removing: "remove the rows that were loaded",
  waiting: "wait until the derived tables agree",
};

const toNext = ({ kind, state, progress }: Operation): string | undefined => {
  if (hasEnded(state)) return undefined;
  if (state === "paused") return "wait to be resumed";
  if (kind !== "load") return String(progress["next"] ?? "begin");
  return words[String(progress["phase"] ?? "planning")];
};

export const toView = (input: ViewInput): Json => {
  const { operation, steps, now } = input;
  const next = toNext(operation);
  return {
    ...toSummary(operation),
    progress: toProgress(input),
    steps: toSteps(steps, now),
    ...(next === undefined ? {} : { next }),
  };
};
