/** What of an operation can be told from its JSON. Pure. */
import type { Json, OperationItem } from "./api-types.ts";

const ended = new Set(["succeeded", "failed", "cancelled", "undone"]);

export const hasEnded = ({ state }: Pick<OperationItem, "state">): boolean => ended.has(state);

export type Control = "pause" | "resume" | "cancel";

export const controlsOf = (operation: Pick<OperationItem, "state">): readonly Control[] => {
  if (hasEnded(operation)) return [];
  return operation.state === "paused" ? ["resume", "cancel"] : ["pause", "cancel"];
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
    secondsLeft: typeof left === "number" ? left : undefined,
  };
};
