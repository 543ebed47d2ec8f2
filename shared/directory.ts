/**
 * The directories: from uid or aid to home, for whoever knows nothing but the key. Placed by slot,
 * a hash of the key, so that looking up a list of keys touches only the shards that hold them.
 */
import { slot } from "./placement.ts";
import type { Sql } from "./sql.ts";

export type DirectoryName = "users" | "articles";

export interface DirectoryTable {
  readonly table: string;
  readonly key: string;
}

export const directories: Readonly<Record<DirectoryName, DirectoryTable>> = {
  users: { table: "user_directory", key: "uid" },
  articles: { table: "article_directory", key: "aid" },
};

/** vtgate answers 10,000 rows at most; each slot gives one, or by rare chance a few. */
const KEYS_A_QUERY = 2_000;

export const findHomes = async (
  db: Pick<Sql, "query">,
  name: DirectoryName,
  keys: readonly number[],
): Promise<Map<number, bigint>> => {
  const { table, key } = directories[name];
  const wanted = new Set(keys);
  const all = [...wanted];
  const homes = new Map<number, bigint>();
  for (let start = 0; start < all.length; start += KEYS_A_QUERY) {
    const slots = all.slice(start, start + KEYS_A_QUERY).map(slot);
    const rows = await db.query<{ key: number; home: string }>(
      `select ${key} as \`key\`, home from ${table} where slot in (?)`,
      [slots],
    );
    for (const row of rows) if (wanted.has(row.key)) homes.set(row.key, BigInt(row.home));
  }
  return homes;
};
