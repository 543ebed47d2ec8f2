/** Large loads whose reads the streams of the derived tables do not follow (derived-streams.ts). */
import type { Sql } from "./sql.ts";

/** Serials. Who changes or removes reads of one of these has to wait until it has ended. */
export const readHeldLoads = async (global: Pick<Sql, "query">): Promise<number[]> => {
  const rows = await global.query<{ serial: number }>(
    "select o.serial from stream_hold h join operation o on o.id = h.operation_id order by o.serial",
  );
  return rows.map(({ serial }) => serial);
};
