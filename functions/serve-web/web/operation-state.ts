/** What of an operation can be told from its JSON. Pure. */
import type { Json, OperationItem } from "./api-types.ts";

const ended = new Set(["succeeded", "failed", "cancelled", "undone"]);

export const hasEnded = ({ state }: Pick<OperationItem, "state">): boolean => ended.has(state);

export type Control = "pause" | "resume" | "cancel" | "undo";

/** A split that keeps its old shard is done but for that: it can be undone, and not cancelled. */
const isKept = ({ kind, progress }: Pick<OperationItem, "kind" | "progress">): boolean =>
  kind === "split" && progress["phase"] === "keep";

export const controlsOf = (
  operation: Pick<OperationItem, "kind" | "state" | "progress">,
): readonly Control[] => {
  if (hasEnded(operation) || operation.progress["takeBack"] !== undefined) return [];
  const end = isKept(operation) ? "undo" : "cancel";
  return operation.state === "paused" ? ["resume", end] : ["pause", end];
};

export interface PhaseView {
  readonly name: string;
  /** Undefined where it has not ended. */
  readonly seconds: number | undefined;
}

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null;

const toPhases = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

/** Ended ones with the time they took: from the result, or from when the phases after them began. */
export const phasesOf = ({ progress, result }: OperationItem): readonly PhaseView[] => {
  const done = toPhases(result?.["phases"]);
  if (done.length > 0)
    return done.map(({ name, seconds }) => ({ name: String(name), seconds: Number(seconds) }));
  const phases = toPhases(progress["phases"]);
  return phases.map(({ name, startedAt }, index) => {
    const after = phases[index + 1]?.["startedAt"];
    const ms = Number(after) - Number(startedAt);
    return { name: String(name), seconds: after === undefined ? undefined : ms / 1_000 };
  });
};

export interface RowsView {
  readonly done: number;
  readonly total: number;
  readonly perSecond: number;
  readonly secondsLeft: number | undefined;
}

/** How far a load is; undefined for what does not count rows. */
export const rowsOf = ({ progress }: OperationItem): RowsView | undefined => {
  const rows = progress["rows"];
  if (!isObject(rows) || typeof rows["total"] !== "number") return undefined;
  const left = rows["secondsLeft"];
  return {
    done: Number(rows["done"]),
    total: rows["total"],
    perSecond: Number(rows["rowsPerSecond"] ?? 0),
    secondsLeft: typeof left === "number" ? left : undefined,
  };
};

export interface PartView {
  readonly table: string;
  readonly shard: string;
  readonly rows: number;
  readonly doneRows: number;
}

/** How far a load is with each table of each shard. */
export const partsOf = ({ progress }: Pick<OperationItem, "progress">): readonly PartView[] =>
  Array.isArray(progress["parts"]) ? (progress["parts"] as readonly PartView[]) : [];

/** How long operations of a kind took before: the only honest estimate of the next one. */
export interface PastTimes {
  readonly count: number;
  /** Seconds. */
  readonly shortest: number;
  readonly usual: number;
  readonly longest: number;
}

/** Undefined where there was none. Pure. */
export const toPastTimes = (
  operations: readonly Pick<OperationItem, "createdAt" | "updatedAt">[],
): PastTimes | undefined => {
  const seconds = operations
    .map(({ createdAt, updatedAt }) => (Date.parse(updatedAt) - Date.parse(createdAt)) / 1_000)
    .sort((one, other) => one - other);
  const [shortest] = seconds;
  const usual = seconds[Math.floor((seconds.length - 1) / 2)];
  const longest = seconds.at(-1);
  if (shortest === undefined || usual === undefined || longest === undefined) return undefined;
  return { count: seconds.length, shortest, usual, longest };
};
