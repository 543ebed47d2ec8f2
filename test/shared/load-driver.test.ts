/**
 * Loads on a ledger in memory, where events get lost, chunks come twice and workers die. Whatever
 * happens, the sweep brings every load to its end, and never too many chunks are under way.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LoadChunkReady } from "#events/load-chunk-ready.ts";
import { createLoadDriver, decideAdvance } from "#shared/load-driver.ts";
import type { RequeuedChunk, Tally } from "#shared/load-ledger.ts";
import { MAX_IN_FLIGHT } from "#shared/load-request.ts";

const ID = "0b2f7a4e-1111-4111-8111-123456789012";

type State = "planned" | "queued" | "done";

const createWorld = (total: number) => {
  const states = new Map<number, State>();
  for (let number = 1; number <= total; number += 1)
    states.set(number, number <= MAX_IN_FLIGHT ? "queued" : "planned");
  const queue: number[] = [...states.keys()].slice(0, MAX_IN_FLIGHT);
  const attempts = new Map<number, number>();
  const outcome = { finished: 0, failed: 0 };
  const toChunk = (number: number): RequeuedChunk => ({
    ...{ operationId: ID, number, object: `chunk-${number}`, sha256: "0".repeat(64) },
    attempts: attempts.get(number) ?? 0,
    problem: null,
  });
  const count = (state: State): number =>
    [...states.values()].filter((found) => found === state).length;
  const tally = async (): Promise<Tally> => ({
    planned: count("planned"),
    inFlight: count("queued"),
    done: count("done"),
    rows: total,
    doneRows: count("done"),
  });
  const driver = createLoadDriver({
    ledger: {
      tally,
      claim: async (_, number) => {
        if (states.get(number) !== "planned") return undefined;
        states.set(number, "queued");
        return toChunk(number);
      },
      planned: async (_, limit) =>
        [...states]
          .filter(([, state]) => state === "planned")
          .map(([number]) => number)
          .slice(0, limit),
      requeue: async (_, limit) =>
        [...states]
          .filter(([number, state]) => state === "queued" && !queue.includes(number))
          .map(([number]) => toChunk(number))
          .slice(0, limit),
    },
    wake: async ({ number }: LoadChunkReady) => {
      queue.push(number);
    },
    finish: async () => {
      outcome.finished += 1;
    },
    fail: async () => {
      outcome.failed += 1;
    },
  });
  return { states, queue, attempts, outcome, driver, tally };
};

/** What becomes of the next event. */
type Fate = "done" | "twice" | "lost" | "died-before" | "died-after";

const deliver = async (world: ReturnType<typeof createWorld>, fate: Fate): Promise<void> => {
  const number = world.queue.shift();
  if (number === undefined || fate === "lost") return;
  world.attempts.set(number, (world.attempts.get(number) ?? 0) + 1);
  if (fate === "died-before") return;
  world.states.set(number, "done");
  if (fate === "died-after") return;
  await world.driver.after(ID, number);
  if (fate === "twice") await world.driver.after(ID, number);
};

describe("load-driver", () => {
  it("brings every load to its end, whatever gets lost", async () => {
    const fate = fc.constantFrom<Fate>("done", "twice", "lost", "died-before", "died-after");
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.array(fate), async (total, fates) => {
        const world = createWorld(total);
        for (const next of fates) {
          await deliver(world, next);
          expect((await world.tally()).inFlight).toBeLessThanOrEqual(MAX_IN_FLIGHT);
        }
        for (let sweep = 0; sweep < total + 2; sweep += 1) {
          await world.driver.advance(ID);
          while (world.queue.length > 0) await deliver(world, "done");
        }
        // Those begun too often are given up; everything else is done.
        if (world.outcome.failed === 0) {
          expect((await world.tally()).done).toBe(total);
          expect(world.outcome.finished).toBeGreaterThan(0);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("gives up a chunk that was begun too often", async () => {
    const world = createWorld(1);
    for (let time = 0; time < 20 && world.outcome.failed === 0; time += 1) {
      await deliver(world, "died-before");
      await world.driver.advance(ID);
    }
    expect(world.outcome).toEqual({ finished: 0, failed: 1 });
    expect(world.attempts.get(1)).toBe(10);
  });

  it.each([
    [{ planned: 0, inFlight: 0 }, "finish"],
    [{ planned: 0, inFlight: 2 }, 0],
    [{ planned: 9, inFlight: 2 }, MAX_IN_FLIGHT - 2],
    [{ planned: 1, inFlight: 0 }, 1],
    [{ planned: 9, inFlight: MAX_IN_FLIGHT + 1 }, 0],
  ])("decides %j", (part, decision) => {
    expect(decideAdvance({ done: 0, rows: 0, doneRows: 0, ...part })).toBe(decision);
  });
});
