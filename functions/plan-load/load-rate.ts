/** How fast loads have lately been here: the only honest ground for an estimate. */
import type { Json } from "#shared/operation-rows.ts";
import type { Sql } from "#shared/sql.ts";

/** A smaller load is mostly waiting for its events. */
const TELLING_ROWS = 5_000;
const LATEST = 50;

const toRate = (result: Json): number | undefined => {
  const tables = Object.values((result["tables"] ?? {}) as Record<string, { loaded?: number }>);
  const loaded = tables.reduce((sum, table) => sum + (table.loaded ?? 0), 0);
  const { total = 0 } = (result["seconds"] ?? {}) as { total?: number };
  return loaded >= TELLING_ROWS && total > 0 ? loaded / total : undefined;
};

/** Rows a second, all told, of the last load large enough. */
export const readLoadRate = async (global: Pick<Sql, "query">): Promise<number | undefined> => {
  const rows = await global.query<{ result: Json | null }>(
    "select result from operation where kind = 'load' and state = 'succeeded' order by serial desc limit ?",
    [LATEST],
  );
  for (const { result } of rows) {
    const rate = result === null ? undefined : toRate(result);
    if (rate !== undefined) return rate;
  }
  return undefined;
};
