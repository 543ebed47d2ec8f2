/**
 * Whether the derived tables agree with the reads they are made of. Reads and what is derived from
 * them lie on different shards, so they are compared by sums over all shards:
 *
 * 1. article_read by the checksum over its rows, which is the same over the reads they come from.
 * 2. be_read by its counts weighted with a hash of the article: equal sums over all reads mean equal
 *    counts for each article, but for a coincidence of 32 bits.
 *
 * What the reads make is summed up once; while the derived tables lag, only a count and the small
 * be_read are looked at.
 */
import { EMPTY, fromHex, rowChecksumSql, toHex, xor } from "#shared/checksum.ts";
import { parseKeyRange, sliceRange } from "#shared/shards.ts";
import type { Sql } from "#shared/sql.ts";
import type { ShardSessions } from "./verify-rows.ts";

/** What the reads make of the derived tables. */
export interface ReadSums {
  readonly rows: number;
  readonly sum: string;
  readonly weights: string;
}

export interface Lag {
  readonly isEqual: boolean;
  /** In words, what is not there yet. */
  readonly reason: string;
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

interface Sums extends Weights {
  readonly sum: string | null;
}

/** Sums over a table, in slices of the key space that stay within the time limits. */
const sumSlices = async (
  shards: ShardSessions,
  { select, table, rows }: { select: string; table: string; rows: number },
): Promise<{ sum: string; weights: string }> => {
  const slices = Math.max(1, Math.ceil(rows / ROWS_A_SLICE / shards.names.length));
  const found = await onAll(shards, async (sql, shard) => {
    const sums: Sums[] = [];
    for (const { from, to } of sliceRange(parseKeyRange(shard), slices))
      sums.push(
        ...(await sql.query<Sums>(`select ${select} from ${table} where home between ? and ?`, [
          from,
          to - 1n,
        ])),
      );
    return sums;
  });
  const all = found.flat();
  const sum = all.map(({ sum: part }) => fromHex(part)).reduce(xor, EMPTY);
  return { sum: toHex(sum), weights: addWeights(all) };
};

const rowSum = (columns: readonly string[]): string =>
  `hex(bit_xor(${rowChecksumSql(columns)})) as sum`;
const noSum = "null as sum";
const noWeights = FLAGS.map((flag) => `0 as \`${flag}\``).join(", ");

export const sumReads = async (shards: ShardSessions): Promise<ReadSums> => {
  const rows = await countRows(shards, "user_read");
  const select = `${rowSum(readColumns)}, ${weigh((flag) => `${flag}_or_not`)}`;
  return { rows, ...(await sumSlices(shards, { select, table: "user_read", rows })) };
};

export const compareDerived = async (shards: ShardSessions, reads: ReadSums): Promise<Lag> => {
  const { rows } = reads;
  const derived = await countRows(shards, "article_read");
  if (derived !== rows)
    return { isEqual: false, reason: `article_read has ${derived} of ${rows} reads` };
  const select = `${noSum}, ${weigh((flag) => `${flag}_num`)}`;
  const beRead = await sumSlices(shards, { select, table: "be_read", rows });
  if (beRead.weights !== reads.weights)
    return { isEqual: false, reason: "the counts of be_read follow the reads" };
  const articleRead = await sumSlices(shards, {
    select: `${rowSum(articleReadColumns)}, ${noWeights}`,
    table: "article_read",
    rows,
  });
  const isEqual = articleRead.sum === reads.sum;
  return { isEqual, reason: isEqual ? "" : "the rows of article_read differ from the reads" };
};
