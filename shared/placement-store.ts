/** The placement map in force: the newest version in `global`. */
import { FIRST_PLACEMENT, type PlacementMap } from "./placement.ts";
import type { Sql } from "./sql.ts";

export const readPlacement = async (db: Sql): Promise<PlacementMap> => {
  const [row] = await db.query<{ map: PlacementMap }>(
    "select map from placement_map order by version desc limit 1",
  );
  return row?.map ?? FIRST_PLACEMENT;
};
