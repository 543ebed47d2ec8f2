/**
 * Puts the rows of a chunk into the database, once or again.
 *
 * 1. Directory entries of users and articles come first: a row that can be found by its key alone
 *    is worth more than an entry too many, and their primary key keeps keys unique over all shards.
 * 2. A row that is there already counts as known if its content is the same, as a conflict if not;
 *    one that this load wrote before (a chunk delivered twice) is neither.
 * 3. Of a large load, reads become rows of article_read here, those alone that are this load's own:
 *    the streams pass over them, and derive all others.
 * 4. Statements go straight to the shard. Where the shard is no more (split since it was planned),
 *    vtgate distributes the rows.
 */
import { type Checksum, EMPTY, fromHex, isEqual, rowChecksum, xor } from "#shared/checksum.ts";
import { insertArticleReads } from "#shared/insert-json.ts";
import type { Amount } from "#shared/load-ledger.ts";
import { Problem } from "#shared/problem.ts";
import type { Row } from "#shared/row-parser.ts";
import type { Sql } from "#shared/sql.ts";
import type { LoadableName } from "#shared/tables.ts";
import {
  identify,
  insertArticleReadsApart,
  insertRows,
  insertRowsJson,
  replaceRows,
  selectStored,
} from "./insert-sql.ts";

export interface ChunkRows {
  readonly table: LoadableName;
  readonly serial: number;
  readonly count: number;
  /** An array of rows, as JSON. */
  readonly json: string;
  /** The same, taken apart: most chunks go in without. */
  rows(): readonly Row[];
}

/** Where rows go: to the one shard they are for, or through vtgate, which distributes them. */
export interface Target {
  readonly sql: Sql;
  readonly isShard: boolean;
}

export interface Inserted {
  readonly known: Amount;
  readonly conflicts: readonly Row[];
  /** Rows of this load, if not all are; of an earlier delivery, too. */
  readonly own?: readonly Row[];
}

const NOTHING: Inserted = { known: { rows: 0, sum: EMPTY }, conflicts: [] };

interface Stored {
  readonly loadId: number;
  readonly sum: Checksum;
}

const readStored = async (sql: Sql, { table, rows }: ChunkRows): Promise<Map<string, Stored>> => {
  const found = await sql.query<{ home: string; key: string; loadId: number; sum: string }>(
    selectStored(table, rows()),
  );
  return new Map(
    found.map(({ home, key, loadId, sum }) => [`${home}/${key}`, { loadId, sum: fromHex(sum) }]),
  );
};

/** The amount that these rows make. */
export const amountOf = (rows: readonly Row[]): Amount => ({
  rows: rows.length,
  sum: rows.map(rowChecksum).reduce(xor, EMPTY),
});

const compare = (chunk: ChunkRows, stored: ReadonlyMap<string, Stored>): Inserted => {
  const known: Row[] = [];
  const conflicts: Row[] = [];
  const own: Row[] = [];
  for (const row of chunk.rows()) {
    const found = stored.get(identify(chunk.table, row));
    if (found === undefined)
      throw new Problem("unavailable", "a row was gone just after it was written");
    if (found.loadId === chunk.serial) own.push(row);
    else if (isEqual(found.sum, rowChecksum(row))) known.push(row);
    else conflicts.push(row);
  }
  return { known: amountOf(known), conflicts, own };
};

export const insertChunk = async (
  { sql, isShard }: Target,
  chunk: ChunkRows,
): Promise<Inserted> => {
  if (chunk.count === 0) return NOTHING;
  const { table, serial } = chunk;
  const statement = isShard
    ? insertRowsJson(table, chunk.json, serial)
    : insertRows(table, chunk.rows(), serial);
  const { affected } = await sql.write(statement, [], { harmless: true });
  if (affected === chunk.count) return NOTHING;
  return compare(chunk, await readStored(sql, chunk));
};

/** A statement of at most so many rows stays far below what vtgate takes. */
const ROWS_A_STATEMENT = 500;

/** Replaces rows that are there with other content; they are then this load's. */
export const replaceChunkRows = async (
  { sql }: Target,
  { table, serial }: Pick<ChunkRows, "table" | "serial">,
  rows: readonly Row[],
): Promise<void> => {
  for (let start = 0; start < rows.length; start += ROWS_A_STATEMENT) {
    const part = rows.slice(start, start + ROWS_A_STATEMENT);
    await sql.write(replaceRows(table, part, serial), [], { harmless: true });
  }
};

/** The rows of article_read that reads of this load make; `own` of them, if not all are its own. */
export const insertDerived = async (
  { sql, isShard }: Target,
  { serial, json, rows }: Pick<ChunkRows, "serial" | "json" | "rows">,
  own: readonly Row[] | undefined,
): Promise<void> => {
  if (own?.length === 0) return;
  const statement = isShard
    ? insertArticleReads(own === undefined ? json : JSON.stringify(own), serial)
    : insertArticleReadsApart(own ?? rows(), serial);
  await sql.write(statement, [], { harmless: true });
};
