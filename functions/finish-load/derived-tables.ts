/**
 * Whether the derived tables agree with the reads they are made of. Reads and what is derived from
 * them lie on different shards, so they are compared by sums over all shards:
 *
 * 1. article_read by the checksum over its rows, which is the same over the reads they come from.
 * 2. be_read by its counts weighted with a hash of the article: equal sums over all reads mean equal
 *    counts for each article, but for a coincidence of 32 bits.
 */
import { EMPTY, fromHex, rowChecksumSql, toHex, xor } from "#shared/checksum.ts";
import { parseKeyRange, sliceRange } from "#shared/shards.ts";
import type { Sql } from "#shared/sql.ts";
import type { ShardSessions } from "./verify-rows.ts";

export interface Derived {
  /** Rows of user_read and of article_read. */
  readonly reads: number;
  readonly derived: number;
  readonly isEqual: boolean;
}

const FLAGS = ["read", "comment", "agree", "share"] as const;
const ROWS_A_SLICE = 250_000;

const rest = "id, timestamp, uid, aid, read_or_not, agree_or_not, comment_or_not, share_or_not";
const readColumns = ["article_home", "home", rest];
const articleReadColumns = ["home", "reader_home", rest];

const weigh = (toColumn: (flag: string) => string): string =>
  FLAGS.map((flag) => `coalesce(sum(${toColumn(flag)} * crc32(aid)), 0) as \`${flag}\``).join(", ");

type Weights = Readonly<Record<(typeof FLAGS)[number], string | number>>;

const addWeights = (all: readonly Weights[]): string =>
  FLAGS.map((flag) => all.reduce((sum, weights) => sum + BigInt(weights[flag]), 0n)).join(" ");

const onAll = async <T>(shards: ShardSessions, work: (sql: Sql, shard: string) => Promise<T>) =>
  Promise.all(shards.names.map((shard) => work(shards.session(shard), shard)));

const countRows = async (shards: ShardSessions, table: string): Promise<number> => {
  const counts = await onAll(shards, async (sql) => {
    const [row] = await sql.query<{ count: number }>(`select count(*) as count from ${table}`);
    return row?.count ?? 0;
  });
  return counts.reduce((sum, count) => sum + count, 0);
};

const sumWeights = async (shards: ShardSessions, select: string, rows: number): Promise<string> => {
  const slices = Math.max(1, Math.ceil(rows / ROWS_A_SLICE / shards.names.length));
  const sums = await onAll(shards, async (sql, shard) => {
    const found: Weights[] = [];
    for (const { from, to } of sliceRange(parseKeyRange(shard), slices))
      found.push(
        ...(await sql.query<Weights>(`${select} where home between ? and ?`, [from, to - 1n])),
      );
    return found;
  });
  return addWeights(sums.flat());
};

const sumRows = async (
  shards: ShardSessions,
  { table, columns, rows }: { table: string; columns: readonly string[]; rows: number },
): Promise<string> => {
  const slices = Math.max(1, Math.ceil(rows / ROWS_A_SLICE / shards.names.length));
  const sums = await onAll(shards, async (sql, shard) => {
    let sum = EMPTY;
    for (const { from, to } of sliceRange(parseKeyRange(shard), slices)) {
      const [found] = await sql.query<{ sum: string | null }>(
        `select hex(bit_xor(${rowChecksumSql(columns)})) as sum from ${table} where home between ? and ?`,
        [from, to - 1n],
      );
      sum = xor(sum, fromHex(found?.sum ?? null));
    }
    return sum;
  });
  return toHex(sums.reduce(xor, EMPTY));
};

const weighReads = `select ${weigh((flag) => `${flag}_or_not`)} from user_read`;
const weighBeRead = `select ${weigh((flag) => `${flag}_num`)} from be_read`;

const agrees = async (shards: ShardSessions, rows: number): Promise<boolean> => {
  if (
    (await sumWeights(shards, weighBeRead, rows)) !== (await sumWeights(shards, weighReads, rows))
  )
    return false;
  const derived = await sumRows(shards, {
    table: "article_read",
    columns: articleReadColumns,
    rows,
  });
  return derived === (await sumRows(shards, { table: "user_read", columns: readColumns, rows }));
};

/** Cheap while they lag: counts first. */
export const compareDerived = async (shards: ShardSessions): Promise<Derived> => {
  const [reads, derived] = await Promise.all([
    countRows(shards, "user_read"),
    countRows(shards, "article_read"),
  ]);
  return { reads, derived, isEqual: reads === derived && (await agrees(shards, reads)) };
};
