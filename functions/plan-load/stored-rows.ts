/** What the database has already of the keys that a load brings. */
import { type Checksum, columnsOf, fromHex, rowChecksumSql } from "#shared/checksum.ts";
import { type DirectoryName, directories, findHomes } from "#shared/directory.ts";
import { type Sql, toLiteral } from "#shared/sql.ts";
import { tables } from "#shared/tables.ts";

export interface StoredRows {
  homes(name: DirectoryName, keys: readonly number[]): Promise<ReadonlyMap<number, bigint>>;
  /** Checksums of the rows under these homes, by key. */
  sums(name: DirectoryName, homes: readonly bigint[]): Promise<ReadonlyMap<number, Checksum>>;
  /** Checksums of the reads that are there under these homes and ids, by id. */
  readSums(reads: readonly ReadKey[]): Promise<ReadonlyMap<string, Checksum>>;
}

export interface ReadKey {
  readonly home: string;
  readonly id: string;
}

const KEYS_A_QUERY = 2_000;

const querySlices = async <Key, Found>(
  keys: readonly Key[],
  query: (slice: readonly Key[]) => Promise<Found[]>,
): Promise<Found[]> => {
  const found: Found[] = [];
  for (let start = 0; start < keys.length; start += KEYS_A_QUERY)
    found.push(...(await query(keys.slice(start, start + KEYS_A_QUERY))));
  return found;
};

export const createStoredRows = (db: Sql): StoredRows => {
  // A first load into an empty database need not look anything up.
  const anyStored = new Map<string, Promise<boolean>>();
  const hasAny = (table: string): Promise<boolean> => {
    const known = anyStored.get(table);
    if (known !== undefined) return known;
    const answer = db.query(`select 1 from ${table} limit 1`).then((rows) => rows.length > 0);
    anyStored.set(table, answer);
    return answer;
  };
  return {
    homes: async (name, keys) =>
      keys.length > 0 && (await hasAny(directories[name].table))
        ? findHomes(db, name, keys)
        : new Map(),
    sums: async (name, homes) => {
      const { table, key } = { ...tables[name], key: directories[name].key };
      const sum = rowChecksumSql(columnsOf(tables[name]));
      const rows = await querySlices(homes, (slice) =>
        db.query<{ key: number; sum: string }>(
          `select ${key} as \`key\`, hex(${sum}) as sum from \`${table}\` where home in (?)`,
          [slice],
        ),
      );
      return new Map(rows.map((row) => [row.key, fromHex(row.sum)]));
    },
    readSums: async (reads) => {
      if (reads.length === 0 || !(await hasAny("user_read"))) return new Map();
      const sum = rowChecksumSql(columnsOf(tables.reads));
      const rows = await querySlices(reads, (slice) => {
        const keys = slice.map(({ home, id }) => `(${BigInt(home)}, ${toLiteral(id)})`);
        return db.query<{ id: string; sum: string }>(
          `select id, hex(${sum}) as sum from user_read where (home, id) in (${keys.join(", ")})`,
        );
      });
      return new Map(rows.map((row) => [row.id, fromHex(row.sum)]));
    },
  };
};
