/**
 * Tells the reads of an article where it lies now: `article_read` and `be_read` follow from there by
 * themselves. The reads are found by `article_read` under the old home, in pages, and changed where
 * they lie. Doing it again changes nothing.
 */
import type { Sql } from "#shared/sql.ts";

export interface MovedArticle {
  readonly aid: number;
  readonly from: bigint;
  readonly home: bigint;
}

/** Answers how many reads it found under the old home, those told before included. */
export type MoveReads = (article: MovedArticle, signal: AbortSignal) => Promise<number>;

const PAGE = 1_000;

export const READS_AT_SQL =
  "SELECT r.uid, r.reader_home, r.id FROM article_read r WHERE r.home = ? AND r.aid = ? AND (r.uid, r.reader_home, r.id) > (?, ?, ?) AND r.uid >= ? ORDER BY r.uid, r.reader_home, r.id LIMIT ?";
export const TELL_SQL =
  "UPDATE user_read SET article_home = ? WHERE (home, id) IN (?) AND article_home = ?";

export const createMoveReads =
  (tagenal: Sql): MoveReads =>
  async ({ aid, from, home }, signal) => {
    let found = 0;
    let after: readonly [number, bigint, string] = [0, 0n, ""];
    for (;;) {
      signal.throwIfAborted();
      const rows = await tagenal.query<{ uid: number; reader_home: string; id: string }>(
        READS_AT_SQL,
        [from, aid, ...after, after[0], PAGE],
      );
      const keys = rows.map((row): [bigint, string] => [BigInt(row.reader_home), row.id]);
      const last = rows.at(-1);
      if (last === undefined) return found;
      await tagenal.write(TELL_SQL, [home, keys, from], { harmless: true });
      found += keys.length;
      after = [last.uid, BigInt(last.reader_home), last.id];
    }
  };
