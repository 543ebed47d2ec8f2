/**
 * Keeps the chunks of a load going. Chunks run in lanes: with N in flight, chunk k sets off chunk
 * k + N, so that no two ever compete for the same next one. What falls out of its lane (a crash
 * between two steps, a lost event) is found by `advance`, which the sweep calls.
 */
import type { LoadChunkReady } from "#events/load-chunk-ready.ts";
import type { LoadLedger, RequeuedChunk, Tally } from "./load-ledger.ts";
import { MAX_IN_FLIGHT } from "./load-request.ts";
import { MAX_ATTEMPTS } from "./operation-state.ts";
import { Problem } from "./problem.ts";

export interface LoadDriverDeps {
  readonly ledger: Pick<LoadLedger, "claim" | "planned" | "requeue" | "tally">;
  readonly wake: (chunk: LoadChunkReady) => Promise<void>;
  /** All chunks are done. May be called more than once. */
  readonly finish: (operationId: string) => Promise<void>;
  readonly fail: (operationId: string, problem: Problem) => Promise<unknown>;
}

export interface LoadDriver {
  /** This chunk is done: on with its lane. */
  after(operationId: string, number: number): Promise<void>;
  /** Sets off whatever waits for nobody. */
  advance(operationId: string): Promise<void>;
}

/** How many planned chunks to set off, or that all is done. */
export const decideAdvance = (tally: Tally): number | "finish" => {
  if (tally.planned === 0 && tally.inFlight === 0) return "finish";
  return Math.min(tally.planned, Math.max(0, MAX_IN_FLIGHT - tally.inFlight));
};

const toGiveUp = ({ number, problem }: RequeuedChunk): Problem =>
  new Problem("internal", `chunk ${number} was begun ${MAX_ATTEMPTS} times without an end`, {
    extra: problem === null ? {} : { last: problem },
  });

export const createLoadDriver = ({ ledger, wake, finish, fail }: LoadDriverDeps): LoadDriver => {
  const setOff = async (operationId: string, number: number): Promise<boolean> => {
    const chunk = await ledger.claim(operationId, number);
    if (chunk !== undefined) await wake(chunk);
    return chunk !== undefined;
  };
  return {
    after: async (operationId, number) => {
      if (await setOff(operationId, number + MAX_IN_FLIGHT)) return;
      if (decideAdvance(await ledger.tally(operationId)) === "finish") await finish(operationId);
    },
    advance: async (operationId) => {
      for (const chunk of await ledger.requeue(operationId, MAX_IN_FLIGHT)) {
        if (chunk.attempts >= MAX_ATTEMPTS) {
          await fail(operationId, toGiveUp(chunk));
          return;
        }
        await wake(chunk);
      }
      const decision = decideAdvance(await ledger.tally(operationId));
      if (decision === "finish") {
        await finish(operationId);
        return;
      }
      if (decision === 0) return;
      for (const number of await ledger.planned(operationId, decision))
        await setOff(operationId, number);
    },
  };
};
