/** What the database has already of the keys that a load brings. */
import { type Checksum, columnsOf, fromHex, rowChecksumSql } from "#shared/checksum.ts";
import { type DirectoryName, directories, findHomes } from "#shared/directory.ts";
import type { Sql } from "#shared/sql.ts";
import { tables } from "#shared/tables.ts";

export interface StoredRows {
  homes(name: DirectoryName, keys: readonly number[]): Promise<ReadonlyMap<number, bigint>>;
  /** Checksums of the rows under these homes, by key. */
  sums(name: DirectoryName, homes: readonly bigint[]): Promise<ReadonlyMap<number, Checksum>>;
}

const HOMES_A_QUERY = 2_000;

export const createStoredRows = (db: Sql): StoredRows => {
  // A first load into an empty database need not look anything up.
  const anyStored = new Map<DirectoryName, Promise<boolean>>();
  const hasAny = (name: DirectoryName): Promise<boolean> => {
    const known = anyStored.get(name);
    if (known !== undefined) return known;
    const answer = db
      .query(`select 1 from ${directories[name].table} limit 1`)
      .then((rows) => rows.length > 0);
    anyStored.set(name, answer);
    return answer;
  };
  return {
    homes: async (name, keys) =>
      keys.length > 0 && (await hasAny(name)) ? findHomes(db, name, keys) : new Map(),
    sums: async (name, homes) => {
      const { table, key } = { ...tables[name], key: directories[name].key };
      const sum = rowChecksumSql(columnsOf(tables[name]));
      const sums = new Map<number, Checksum>();
      for (let start = 0; start < homes.length; start += HOMES_A_QUERY) {
        const rows = await db.query<{ key: number; sum: string }>(
          `select ${key} as \`key\`, hex(${sum}) as sum from ${table} where home in (?)`,
          [homes.slice(start, start + HOMES_A_QUERY)],
        );
        for (const row of rows) sums.set(row.key, fromHex(row.sum));
      }
      return sums;
    },
  };
};
