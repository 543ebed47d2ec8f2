/**
 * The placement map in force, read at most every ten seconds.
 *
 * While `global` does not answer, the last map read stays in force: a query under an old map
 * misses rows on the move at worst, and writers do not go by this module.
 */
import type { PlacementMap } from "./placement.ts";
import { isPassingProblem } from "./sql-error.ts";

const MAP_AGE_MS = 10_000;

export const createKeptPlacement = (
  read: () => Promise<PlacementMap>,
  now: () => number = Date.now,
): (() => Promise<PlacementMap>) => {
  let known: PlacementMap | undefined;
  let staleAt = 0;
  let reading: Promise<PlacementMap> | undefined;
  const refresh = async (): Promise<PlacementMap> => {
    try {
      known = await read();
    } catch (error) {
      if (known === undefined || !isPassingProblem(error)) throw error;
    } finally {
      reading = undefined;
    }
    staleAt = now() + MAP_AGE_MS;
    return known;
  };
  return async () => {
    if (known !== undefined && now() < staleAt) return known;
    reading ??= refresh();
    return reading;
  };
};
