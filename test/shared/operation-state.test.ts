import { pino } from "pino";
import { describe, expect, it } from "vitest";
import type { Operation } from "#shared/operation-rows.ts";
import { decideControl, decideTake, MAX_ATTEMPTS, type StepView } from "#shared/operation-state.ts";
import { Problem } from "#shared/problem.ts";
import { type Lease, lost, type Outcome } from "#shared/step-outcome.ts";
import { createWorkOnStep } from "#shared/work-on-step.ts";

const step: StepView = {
  state: "ready",
  operationState: "running",
  leaseUntil: 0,
  wakeAt: 0,
  attempts: 0,
};

describe("operation-state", () => {
  it.each<[Partial<StepView>, string]>([
    [{}, "take"],
    [{ operationState: "planned" }, "take"],
    [{ operationState: "paused" }, "leave"],
    [{ operationState: "cancelled" }, "leave"],
    [{ state: "running", leaseUntil: 1_001 }, "leave"],
    [{ state: "running", leaseUntil: 999 }, "take"],
    [{ state: "waiting", wakeAt: 1_001 }, "leave"],
    [{ state: "waiting", wakeAt: 1_000 }, "take"],
    [{ state: "fanned-out" }, "leave"],
    [{ state: "done" }, "leave"],
    [{ attempts: MAX_ATTEMPTS }, "give-up"],
    [{ attempts: MAX_ATTEMPTS, state: "done" }, "leave"],
  ])("decides on a step that is %j", (part, decision) => {
    expect(decideTake({ ...step, ...part }, 1_000)).toBe(decision);
  });

  it.each([
    ["running", "cancel", "cancelled"],
    ["paused", "cancel", "cancelled"],
    ["running", "pause", "paused"],
    ["paused", "pause", undefined],
    ["paused", "resume", "running"],
    ["running", "resume", undefined],
    ["succeeded", "cancel", undefined],
    ["failed", "resume", undefined],
  ] as const)("an operation that is %s: %s", (state, control, next) => {
    expect(decideControl(state, control)).toBe(next);
  });
});

describe("work-on-step", () => {
  const log = pino({ level: "silent" });
  const lease: Lease = { operation: { id: "1" } as Operation, step: "plan", fence: 1 };
  const id = { operationId: "1", step: "plan" };
  const done: Outcome = { kind: "succeed", result: {} };

  const createSteps = () => {
    const calls: string[] = [];
    return {
      calls,
      steps: {
        take: async () => lease,
        renew: async () => true,
        end: async (_: Lease, outcome: Outcome) => void calls.push(outcome.kind),
        release: async (_: Lease, problem: Problem) => void calls.push(`release ${problem.code}`),
        fail: async (_: string, problem: Problem) => calls.push(`fail ${problem.code}`) > 0,
      },
    };
  };

  it("leaves what another holds", async () => {
    const { steps, calls } = createSteps();
    const nobody = { ...steps, take: async () => undefined };
    await createWorkOnStep(nobody, log)(id, async () => done);
    expect(calls).toEqual([]);
  });

  it("ends the step with what the work came to", async () => {
    const { steps, calls } = createSteps();
    await createWorkOnStep(steps, log)(id, async () => done);
    expect(calls).toEqual(["succeed"]);
  });

  it("fails the operation for what no retry mends", async () => {
    const { steps, calls } = createSteps();
    await createWorkOnStep(steps, log)(id, async () => {
      throw new Problem("unprocessable", "no");
    });
    expect(calls).toEqual(["fail unprocessable"]);
  });

  it.each([new Problem("unavailable", "later"), new Error("a bug")])(
    "gives the step back and asks again after: $message",
    async (error) => {
      const { steps, calls } = createSteps();
      const working = createWorkOnStep(steps, log)(id, async () => {
        throw error;
      });
      await expect(working).rejects.toBe(error);
      expect(calls).toEqual([`release ${error instanceof Problem ? error.code : "internal"}`]);
    },
  );

  it("is content when the lease has gone to another", async () => {
    const { steps, calls } = createSteps();
    await createWorkOnStep(steps, log)(id, async () => {
      throw lost();
    });
    expect(calls).toEqual([]);
  });
});
