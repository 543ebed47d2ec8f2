/**
 * Whether somebody reads, as the functions that answer readers tell those that could let them go
 * first: a key in Redis that lives as long as it is told again. Without Redis nobody is seen reading.
 */
import type { Breaker } from "./breaker.ts";
import type { Redis } from "./redis.ts";

const KEY = "reading";
const LIFE_MS = 3_000;
const TOLD_EVERY_MS = 1_000;

/** To be called for each reader; costs nothing but once a second. */
export const createTellReading = (
  redis: Pick<Redis, "set">,
  now: () => number = Date.now,
): (() => void) => {
  let isTelling = false;
  let toldAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (isTelling || now() - toldAt < TOLD_EVERY_MS) return;
    isTelling = true;
    toldAt = now();
    // Writing waits for Redis where it is away, and a reader must not.
    redis
      .set(KEY, "1", LIFE_MS)
      .catch(() => {})
      .finally(() => {
        isTelling = false;
      });
  };
};

export const createIsAnybodyReading =
  (redis: Pick<Redis, "getMany">, breaker: Breaker): (() => Promise<boolean>) =>
  async () => {
    const found = await breaker.run(() => redis.getMany([KEY]));
    return found?.[0] != null;
  };
