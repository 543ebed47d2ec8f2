/**
 * Whether the derived tables agree with the reads of a load. The cost is that of the load: of other
 * rows no more is looked at than which load they belong to.
 *
 * 1. article_read against user_read, over all shards, by count and checksum of the rows of this load.
 * 2. be_read against article_read, which lies on the same shard, by the counts of each article that
 *    this load has a read of.
 *
 * What the reads make is summed up once; while the streams lag, rows are only counted.
 */
import { EMPTY, fromHex, rowChecksumSql, toHex, xor } from "#shared/checksum.ts";
import { parseKeyRange, sliceRange } from "#shared/shards.ts";
import { ROWS_A_SLICE, type ShardSessions } from "./verify-rows.ts";

/** What the reads of a load make of article_read. */
export interface LoadedReads {
  readonly serial: number;
  readonly rows: number;
  readonly sum: string;
}

export interface Lag {
  readonly isEqual: boolean;
  /** In words, what is not there yet. */
  readonly reason: string;
}

const rest = "id, timestamp, uid, aid, read_or_not, agree_or_not, comment_or_not, share_or_not";
const readSum = rowChecksumSql(["article_home", "home", rest]);
const articleReadSum = rowChecksumSql(["home", "reader_home", rest]);

/** Runs a statement with `home between ? and ?` on all shards, in slices of bounded size. */
const onSlices = async <T extends object>(
  { names, session }: ShardSessions,
  rows: number,
  query: {
    readonly sql: string;
    readonly values: (range: [bigint, bigint]) => (bigint | number)[];
  },
): Promise<T[]> => {
  const slices = Math.max(1, Math.ceil(rows / ROWS_A_SLICE / names.length));
  const found = await Promise.all(
    names.map(async (shard) => {
      const rowsOfShard: T[] = [];
      for (const { from, to } of sliceRange(parseKeyRange(shard), slices))
        rowsOfShard.push(
          ...(await session(shard).query<T>(query.sql, query.values([from, to - 1n]))),
        );
      return rowsOfShard;
    }),
  );
  return found.flat();
};

const sumRows = async (
  shards: ShardSessions,
  { table, sum, serial, rows }: { table: string; sum: string; serial: number; rows: number },
): Promise<string> => {
  const found = await onSlices<{ sum: string | null }>(shards, rows, {
    sql: `select hex(bit_xor(${sum})) as sum from ${table} where home between ? and ? and load_id = ?`,
    values: (range) => [...range, serial],
  });
  return toHex(found.map(({ sum: part }) => fromHex(part)).reduce(xor, EMPTY));
};

const addCounts = (found: readonly { readonly count: number }[]): number =>
  found.reduce((sum, { count }) => sum + count, 0);

const countDerived = async (
  shards: ShardSessions,
  { serial, rows }: LoadedReads,
): Promise<number> =>
  addCounts(
    await onSlices(shards, rows, {
      sql: "select count(*) as count from article_read where home between ? and ? and load_id = ?",
      values: (range) => [...range, serial],
    }),
  );

/** Articles of this load whose counts are not what their rows in article_read make. */
const countWrong = async (shards: ShardSessions, { serial, rows }: LoadedReads): Promise<number> =>
  addCounts(
    await onSlices(shards, rows, {
      sql:
        "select count(*) as count from (" +
        "select home, aid, sum(read_or_not) as read_num, sum(comment_or_not) as comment_num, " +
        "sum(agree_or_not) as agree_num, sum(share_or_not) as share_num from article_read " +
        "where home between ? and ? and home in (" +
        "select home from article_read where home between ? and ? and load_id = ?) " +
        "group by home, aid) as made " +
        "left join be_read as kept on kept.home = made.home and kept.aid = made.aid where not (" +
        "kept.read_num <=> made.read_num and kept.comment_num <=> made.comment_num and " +
        "kept.agree_num <=> made.agree_num and kept.share_num <=> made.share_num)",
      values: (range) => [...range, ...range, serial],
    }),
  );

/** `rows`: how many there are, as was verified before. */
export const sumReads = async (
  shards: ShardSessions,
  serial: number,
  rows: number,
): Promise<LoadedReads> => {
  const sum = await sumRows(shards, { table: "user_read", sum: readSum, serial, rows });
  return { serial, rows, sum };
};

export const compareDerived = async (shards: ShardSessions, reads: LoadedReads): Promise<Lag> => {
  const { rows, serial } = reads;
  const derived = await countDerived(shards, reads);
  if (derived !== rows)
    return { isEqual: false, reason: `article_read has ${derived} of ${rows} reads` };
  const wrong = await countWrong(shards, reads);
  if (wrong > 0) return { isEqual: false, reason: `be_read lags behind for ${wrong} articles` };
  const sum = await sumRows(shards, { table: "article_read", sum: articleReadSum, serial, rows });
  const isEqual = sum === reads.sum;
  return { isEqual, reason: isEqual ? "" : "the rows of article_read differ from the reads" };
};
