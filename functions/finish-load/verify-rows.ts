/**
 * Counts and sums the rows of a load by SQL on each shard's primary, and compares them with the
 * ledger. Statements are cut into slices of the key space, so that none runs into a time limit.
 */
import {
  type Checksum,
  columnsOf,
  EMPTY,
  fromHex,
  isEqual,
  setChecksumSql,
  toHex,
  xor,
} from "#shared/checksum.ts";
import type { LedgerSum } from "#shared/load-ledger.ts";
import { parseKeyRange, sliceRange } from "#shared/shards.ts";
import type { Sql } from "#shared/sql.ts";
import { type LoadableName, tables } from "#shared/tables.ts";
import type { Turn } from "#shared/turns.ts";

export interface TableSum {
  readonly table: LoadableName;
  readonly rows: number;
  readonly sum: Checksum;
}

export interface ShardSessions {
  readonly names: readonly string[];
  session(shard: string): Pick<Sql, "query">;
}

/** The same, each statement when it is its turn. */
export const inTurn = ({ names, session }: ShardSessions, turn: Turn): ShardSessions => ({
  names,
  session: (shard) => ({ query: (sql, values) => turn(() => session(shard).query(sql, values)) }),
});

/** A fraction of a second each. */
export const ROWS_A_SLICE = 25_000;
const names: readonly LoadableName[] = ["users", "articles", "reads"];

const sumOnShard = async (
  { session }: ShardSessions,
  shard: string,
  { table, serial, slices }: { table: LoadableName; serial: number; slices: number },
): Promise<TableSum> => {
  const sum = setChecksumSql(columnsOf(tables[table]));
  let total: TableSum = { table, rows: 0, sum: EMPTY };
  for (const { from, to } of sliceRange(parseKeyRange(shard), slices)) {
    const [found] = await session(shard).query<{ rows: number; sum: string | null }>(
      `select count(*) as \`rows\`, ${sum} as sum from \`${tables[table].table}\` ` +
        "where home between ? and ? and load_id = ?",
      [from, to - 1n, serial],
    );
    if (found === undefined) continue;
    total = { table, rows: total.rows + found.rows, sum: xor(total.sum, fromHex(found.sum)) };
  }
  return total;
};

const total = (table: LoadableName, sums: readonly TableSum[]): TableSum =>
  sums
    .filter((sum) => sum.table === table)
    .reduce((one, { rows, sum }) => ({ table, rows: one.rows + rows, sum: xor(one.sum, sum) }), {
      table,
      rows: 0,
      sum: EMPTY,
    });

/** Rows that carry this load's serial, by table, over all shards. */
export const sumStored = async (
  shards: ShardSessions,
  serial: number,
  expected: readonly TableSum[],
): Promise<TableSum[]> => {
  const sums = await Promise.all(
    shards.names.map(async (shard) => {
      const found: TableSum[] = [];
      for (const { table, rows } of expected) {
        const slices = Math.max(1, Math.ceil(rows / ROWS_A_SLICE / shards.names.length));
        found.push(await sumOnShard(shards, shard, { table, serial, slices }));
      }
      return found;
    }),
  );
  return expected.map(({ table }) => total(table, sums.flat()));
};

/** What the ledger says this load has written, by table: planned less what was there before. */
export const sumLedger = (ledger: readonly LedgerSum[]): TableSum[] =>
  names.map((table) =>
    total(
      table,
      ledger.map(({ table: of, planned, known }) => ({
        table: of,
        rows: planned.rows - known.rows,
        sum: xor(planned.sum, known.sum),
      })),
    ),
  );

/** In words, where the two differ. */
export const findDifferences = (
  expected: readonly TableSum[],
  stored: readonly TableSum[],
): string[] =>
  expected.flatMap(({ table, rows, sum }) => {
    const found = total(table, stored);
    if (found.rows !== rows) return [`${table}: ${rows} rows planned, ${found.rows} stored`];
    if (isEqual(found.sum, sum)) return [];
    return [`${table}: checksum ${toHex(sum)} planned, ${toHex(found.sum)} stored`];
  });
