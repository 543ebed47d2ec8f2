/**
 * What an operation and its steps may do next. Pure: rows and the time in, decisions out.
 *
 * An operation has ended when it succeeded, failed, was cancelled or undone; then nothing changes it
 * but an undo. A step belongs to whoever holds its lease; a lease that has run out belongs to nobody.
 */

export const operationStates = [
  "planned",
  "running",
  "waiting",
  "paused",
  "succeeded",
  "failed",
  "cancelled",
  "undone",
] as const;
export type OperationState = (typeof operationStates)[number];

export type StepState =
  /** Its event is under way. */
  | "ready"
  | "running"
  /** Until wake_at. */
  | "waiting"
  /** Its parts have rows of their own, which tell how far it is. */
  | "fanned-out"
  | "done"
  | "failed";

export type Control = "cancel" | "pause" | "resume";

export const MAX_ATTEMPTS = 10;
export const LEASE_MS = 15_000;
/** How long a sent event may take to arrive before it counts as lost. */
export const ARRIVAL_MS = 5_000;

const liveStates: readonly OperationState[] = ["planned", "running", "waiting"];

/** Its steps may be worked on. */
export const isLive = (state: OperationState): boolean => liveStates.includes(state);

export const hasEnded = (state: OperationState): boolean => !isLive(state) && state !== "paused";

export interface StepView {
  readonly state: StepState;
  readonly operationState: OperationState;
  readonly leaseUntil: number;
  readonly wakeAt: number;
  readonly attempts: number;
}

/** `give-up`: it was begun so often without an end that another try would not help. */
export type TakeDecision = "take" | "leave" | "give-up";

export const decideTake = (step: StepView, now: number): TakeDecision => {
  if (!isLive(step.operationState)) return "leave";
  const isFree =
    step.state === "ready" ||
    (step.state === "running" && step.leaseUntil < now) ||
    (step.state === "waiting" && step.wakeAt <= now);
  if (!isFree) return "leave";
  return step.attempts >= MAX_ATTEMPTS ? "give-up" : "take";
};

/** The state a control leads to; undefined where it makes no sense in this one. */
export const decideControl = (
  state: OperationState,
  control: Control,
): OperationState | undefined => {
  if (hasEnded(state)) return undefined;
  switch (control) {
    case "cancel":
      return "cancelled";
    case "pause":
      return state === "paused" ? undefined : "paused";
    case "resume":
      return state === "paused" ? "running" : undefined;
  }
};
