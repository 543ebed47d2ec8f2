/**
 * Operations on the cluster, as a loop: look at the cluster as it is, decide what comes next, do it,
 * look again. Nothing is remembered of what was done: the next look tells, also to somebody else,
 * and success is what was seen, not what a command said. So a function may die at any line.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Json, Operation } from "./operation-rows.ts";
import { isProblem, Problem } from "./problem.ts";
import type { Outcome } from "./step-outcome.ts";
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
  /** From the request on. */
  readonly longestMs: number;
}

export interface Phase {
  readonly name: string;
  readonly startedAt: number;
}

/** The step that all these operations have. */
export const STEP = "run";

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

/** One look and what follows from it; answers the outcome where it was the last. */
const takeTurn = async <View, Action>(
  { observe, decide, act }: Procedure<View, Action>,
  { lease: { operation }, report }: Work,
  progress: Progress,
  now: () => number,
): Promise<Outcome | undefined> => {
  const decision = decide(operation, await observe(operation));
  if (decision.kind === "done")
    return { kind: "succeed", result: toEnd(progress.phases, decision.result, now()) };
  if (decision.kind === "fail") return decision;
  progress.phases = enter(progress.phases, decision.phase, now());
  progress.next = decision.kind === "wait" ? decision.next : decision.phase;
  report({ phase: decision.phase, ...progress });
  if (decision.kind === "act") await act(decision.action, operation);
  return undefined;
};

const toLate = (longestMs: number, next: string): Outcome => ({
  kind: "fail",
  problem: new Problem("timeout", `not done after ${longestMs / 1_000} s: ${next}`),
});

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
    while (now() < until) {
      work.signal.throwIfAborted();
      const outcome = await takeTurn(procedure, work, progress, now).catch((error: unknown) => {
        if (!isPassing(error)) throw error;
        progress.next = error.message;
      });
      if (outcome !== undefined) return outcome;
      if (now() - operation.createdAt > procedure.longestMs)
        return toLate(procedure.longestMs, progress.next);
      await pause(PAUSE_MS);
    }
    const phase = progress.phases.at(-1)?.name ?? "";
    return { kind: "wait", ms: WAKE_AFTER_MS, progress: { phase, ...progress } };
  };
  return <View, Action>(operationId: string, procedure: Procedure<View, Action>): Promise<void> =>
    workOnStep({ operationId, step: STEP }, (work) => run(procedure, work));
};
