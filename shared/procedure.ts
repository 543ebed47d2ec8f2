/**
 * Operations on the cluster, as a loop: look at the cluster as it is, decide what comes next, do it,
 * look again. Nothing is remembered of what was done: the next look tells, also to somebody else,
 * and success is what was seen, not what a command said. So a function may die at any line.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Json, Operation } from "./operation-rows.ts";
import { isProblem, Problem } from "./problem.ts";
import type { Outcome, StepAndEvent } from "./step-outcome.ts";
import type { Work, WorkOnStep } from "./work-on-step.ts";

export type Decision<Action> =
  /** `phase`: what it is at, in a word or two, as people are shown it. */
  | { readonly kind: "act"; readonly phase: string; readonly action: Action }
  | { readonly kind: "wait"; readonly phase: string; readonly next: string }
  | { readonly kind: "done"; readonly result: Json }
  | { readonly kind: "fail"; readonly problem: Problem };

export interface Procedure<View, Action> {
  readonly observe: (operation: Operation) => Promise<View>;
  /** Pure. */
  readonly decide: (operation: Operation, view: View) => Decision<Action>;
  /** May be called again for what is done already. */
  readonly act: (action: Action, operation: Operation) => Promise<void>;
  /** The step that takes back what was done before a failure, where that is to be done. */
  readonly takeBack?: (operation: Operation) => StepAndEvent;
  /** What it means to be done; it has succeeded, unless it is said otherwise. */
  readonly conclude?: (operation: Operation, result: Json) => Outcome;
  /** From the request on. */
  readonly longestMs: number;
}

export interface Phase {
  readonly name: string;
  readonly startedAt: number;
}

/** The step that all these operations have. */
export const STEP = "run";
/** The one that follows where what was done is taken back. */
export const TAKE_BACK = "take-back";

/** Between two looks. */
const PAUSE_MS = 300;
/** Then the lease is given back for a moment, so that pausing and cancelling take hold. */
const SLOT_MS = 15_000;
const WAKE_AFTER_MS = 500;

const phasesOf = ({ progress }: Operation): readonly Phase[] =>
  Array.isArray(progress["phases"]) ? (progress["phases"] as Phase[]) : [];

const enter = (phases: readonly Phase[], name: string, now: number): readonly Phase[] =>
  phases.at(-1)?.name === name ? phases : [...phases, { name, startedAt: now }];

const toEnd = (phases: readonly Phase[], result: Json, now: number): Json => ({
  ...result,
  phases: phases.map(({ name, startedAt }, index) => ({
    name,
    seconds: ((phases[index + 1]?.startedAt ?? now) - startedAt) / 1_000,
  })),
});

/** What may pass by itself: a part of the cluster that does not answer just now. */
const isPassing = (error: unknown): error is Problem => isProblem(error) && error.status >= 500;

export interface ProcedureDeps {
  readonly workOnStep: WorkOnStep;
  readonly now?: () => number;
  readonly pause?: (ms: number) => Promise<unknown>;
}

interface Progress {
  phases: readonly Phase[];
  /** In words, what is waited for. */
  next: string;
}

const succeed = (_operation: Operation, result: Json): Outcome => ({ kind: "succeed", result });

/** What is shown, besides what others have written there. */
const toShown = ({ progress: kept }: Operation, progress: Progress): Json => ({
  ...kept,
  phase: progress.phases.at(-1)?.name ?? "",
  ...progress,
});

/** One look and what follows from it; answers the outcome where it was the last. */
const takeTurn = async <View, Action>(
  { observe, decide, act, conclude = succeed }: Procedure<View, Action>,
  { lease: { operation }, report }: Work,
  progress: Progress,
  now: () => number,
): Promise<Outcome | undefined> => {
  const decision = decide(operation, await observe(operation));
  if (decision.kind === "done")
    return conclude(operation, toEnd(progress.phases, decision.result, now()));
  if (decision.kind === "fail") return decision;
  progress.phases = enter(progress.phases, decision.phase, now());
  progress.next = decision.kind === "wait" ? decision.next : decision.phase;
  report(toShown(operation, progress));
  if (decision.kind === "act") await act(decision.action, operation);
  return undefined;
};

/** What fails while it runs is taken back first where there is a way; then it fails. */
const toFailure = <View, Action>(
  { takeBack }: Procedure<View, Action>,
  operation: Operation,
  progress: Progress,
  problem: Problem,
): Outcome => {
  if (takeBack === undefined) return { kind: "fail", problem };
  const shown = { ...toShown(operation, progress), problem };
  return { kind: "next", ...takeBack(operation), progress: shown };
};

const toLate = (longestMs: number, next: string): Problem =>
  new Problem("timeout", `not done after ${longestMs / 1_000} s: ${next}`);

export const createRunProcedure = ({
  workOnStep,
  now = Date.now,
  pause = sleep,
}: ProcedureDeps) => {
  const run = async <View, Action>(
    procedure: Procedure<View, Action>,
    work: Work,
  ): Promise<Outcome> => {
    const { operation } = work.lease;
    const until = now() + SLOT_MS;
    const progress: Progress = { phases: phasesOf(operation), next: "" };
    const toTurn = (): Promise<Outcome | undefined> =>
      takeTurn(procedure, work, progress, now).catch((error: unknown) => {
        if (isPassing(error)) {
          progress.next = error.message;
          return undefined;
        }
        if (isProblem(error)) return { kind: "fail", problem: error };
        throw error;
      });
    while (now() < until) {
      work.signal.throwIfAborted();
      const outcome = await toTurn();
      if (outcome?.kind === "fail")
        return toFailure(procedure, operation, progress, outcome.problem);
      if (outcome !== undefined) return outcome;
      const problem = toLate(procedure.longestMs, progress.next);
      if (now() - operation.createdAt > procedure.longestMs)
        return toFailure(procedure, operation, progress, problem);
      await pause(PAUSE_MS);
    }
    return { kind: "wait", ms: WAKE_AFTER_MS, progress: toShown(operation, progress) };
  };
  return <View, Action>(
    operationId: string,
    procedure: Procedure<View, Action>,
    step = STEP,
  ): Promise<void> => workOnStep({ operationId, step }, (work) => run(procedure, work));
};
