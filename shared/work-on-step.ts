/**
 * Takes a step's lease, keeps it while `work` runs, and writes what it ended with.
 *
 * 1. Nothing to do, or a lease lost on the way, is success: the event was only a wake-up.
 * 2. A Problem that no retry mends (4xx) fails the operation. Anything else gives the step back and
 *    is thrown on, so that the broker asks again; after MAX_ATTEMPTS the operation fails.
 */
import type { Log } from "./log.ts";
import { defineDurations, secondsSince } from "./metrics.ts";
import type { Json } from "./operation-rows.ts";
import { LEASE_MS } from "./operation-state.ts";
import type { Steps } from "./operation-steps.ts";
import { isProblem, Problem } from "./problem.ts";
import { isLost, type Lease, type Outcome } from "./step-outcome.ts";

export interface Work {
  readonly lease: Lease;
  /** Aborts when the lease is lost: whatever is done from then on is in vain. */
  readonly signal: AbortSignal;
  /** Shown to those who ask for the operation; written with the next renewal. */
  report(progress: Json): void;
}

export interface StepId {
  readonly operationId: string;
  readonly step: string;
}

export type WorkOnStep = (id: StepId, work: (work: Work) => Promise<Outcome>) => Promise<void>;

const RENEW_MS = LEASE_MS / 10;

interface Keeper extends Work {
  stop(): Promise<void>;
}

/** Renews in the background, one renewal at a time. */
const keepLease = (steps: Pick<Steps, "renew">, lease: Lease, log: Log): Keeper => {
  const controller = new AbortController();
  let progress: Json | undefined;
  let renewal: Promise<void> | undefined;
  const renew = async (): Promise<void> => {
    try {
      const reported = progress;
      progress = undefined;
      if (!(await steps.renew(lease, reported))) controller.abort(new Error("the lease is lost"));
    } catch (error) {
      log.warn({ err: error }, "could not renew a lease");
    }
    renewal = undefined;
  };
  const timer = setInterval(() => {
    renewal ??= renew();
  }, RENEW_MS);
  return {
    lease,
    signal: controller.signal,
    report: (reported) => {
      progress = reported;
    },
    stop: async () => {
      clearInterval(timer);
      await renewal;
    },
  };
};

const toProblem = (error: unknown): Problem =>
  isProblem(error)
    ? error
    : new Problem("internal", error instanceof Error ? error.message.slice(0, 300) : String(error));

const stepDuration = defineDurations(
  "tagenal_operation_step_duration_seconds",
  "One working of a step of an operation, and what it ended with.",
);
const operationDuration = defineDurations(
  "tagenal_operation_duration_seconds",
  "Operations from the request to the end, as far as a step ends them.",
);

const measure = ({ operation, step }: Lease, startedAt: number, outcome: string): void => {
  const { kind, createdAt } = operation;
  stepDuration(secondsSince(startedAt), { kind, step, outcome });
  if (["succeed", "cancel", "fail"].includes(outcome))
    operationDuration((Date.now() - createdAt) / 1_000, { kind, outcome });
};

export const createWorkOnStep =
  (steps: Pick<Steps, "take" | "renew" | "end" | "release" | "fail">, log: Log): WorkOnStep =>
  async ({ operationId, step }, work) => {
    const lease = await steps.take(operationId, step);
    if (lease === undefined) return;
    const keeper = keepLease(steps, lease, log);
    const startedAt = performance.now();
    try {
      const outcome = await work(keeper);
      // No renewal may come after the end: it would write progress that is no longer true.
      await keeper.stop();
      await steps.end(lease, outcome);
      measure(lease, startedAt, outcome.kind);
    } catch (error) {
      if (isLost(error) || keeper.signal.aborted) {
        log.info({ operationId, step }, "gave up a step that is no longer wanted from here");
        return;
      }
      const problem = toProblem(error);
      if (problem.status < 500) {
        await steps.fail(operationId, problem);
        measure(lease, startedAt, "fail");
        return;
      }
      measure(lease, startedAt, "again");
      await steps.release(lease, problem);
      throw error;
    } finally {
      await keeper.stop();
    }
  };
