/**
 * Lets readers go first: while somebody reads, a large load's chunks wait before they are worked on,
 * so long that on average less than one is. They wait with their lease, so that nobody takes them
 * for lost, and each a time of its own, so that they do not come in bursts.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { MAX_IN_FLIGHT } from "#shared/load-request.ts";

/** Chunks worked on at once, on average, beside readers. */
const AT_ONCE = 0.5;
/** Of a chunk's lease a quarter. */
const LONGEST_MS = 5_000;
const FIRST_MS = 200;
/** A load of fewer is over before it is minded. */
const UNMINDED_CHUNKS = 2 * MAX_IN_FLIGHT;

/** Milliseconds, for chunks that take `tookMs`; `random` from 0 to 1. Pure. */
export const toPause = (tookMs: number, random: number): number =>
  Math.min(LONGEST_MS, tookMs * (MAX_IN_FLIGHT / AT_ONCE - 1)) * (0.5 + random);

export interface GiveWayDeps {
  readonly isAnybodyReading: () => Promise<boolean>;
  readonly pause?: (ms: number) => Promise<unknown>;
}

export interface Paced {
  readonly number: number;
  readonly request: Readonly<Record<string, unknown>>;
}

/** Works on a chunk when it is its turn. */
export type GiveWay = <T>(chunk: Paced, work: () => Promise<T>) => Promise<T>;

export const createGiveWay = ({ isAnybodyReading, pause = sleep }: GiveWayDeps): GiveWay => {
  let tookMs = FIRST_MS;
  return async ({ number, request }, work) => {
    const isMinded = number > UNMINDED_CHUNKS && request["pace"] !== "full";
    if (isMinded && (await isAnybodyReading())) await pause(toPause(tookMs, Math.random()));
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      // Of several chunks, or a first one that met a cold database would slow down all others.
      tookMs = (3 * tookMs + performance.now() - startedAt) / 4;
    }
  };
};
