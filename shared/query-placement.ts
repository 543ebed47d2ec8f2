/**
 * The placement map in force, read from `global.placement_map` at most every ten seconds.
 *
 * 1. An empty table means that the first map was never changed.
 * 2. While `global` does not answer, the last map read stays in force: a query under an old map
 *    misses rows on the move at worst, and writers do not go by this module.
 */
import { z } from "zod";
import { FIRST_PLACEMENT, type PlacementMap } from "./placement.ts";
import { isProblem } from "./problem.ts";
import type { Sql } from "./sql.ts";

const MAP_AGE_MS = 10_000;

const ranges = z.record(z.string(), z.string());
const storedMap = z.object({ users: ranges, articles: ranges, ranks: ranges });

export type ReadPlacement = () => Promise<PlacementMap>;

const readMap = async (global: Pick<Sql, "query">): Promise<PlacementMap> => {
  const [row] = await global.query<{ version: number; map: unknown }>(
    "SELECT version, map FROM placement_map ORDER BY version DESC LIMIT 1",
  );
  return row === undefined
    ? FIRST_PLACEMENT
    : { ...storedMap.parse(row.map), version: row.version };
};

export const createReadPlacement = (
  global: Pick<Sql, "query">,
  now: () => number = Date.now,
): ReadPlacement => {
  let known: PlacementMap | undefined;
  let staleAt = 0;
  let reading: Promise<PlacementMap> | undefined;
  const refresh = async (): Promise<PlacementMap> => {
    try {
      known = await readMap(global);
    } catch (error) {
      if (known === undefined || !isProblem(error)) throw error;
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
