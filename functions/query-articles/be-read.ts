/**
 * Who read, commented on, agreed with or shared an article: distinct uids in rising order, out of
 * `article_read`, where all reads of an article lie side by side.
 */
import { parseCursor, toCursor, wholeNumber } from "#shared/query-cursor.ts";
import { readPage } from "#shared/query-page.ts";
import type { Sql } from "#shared/sql.ts";

/** The four lists of be-read, by the column that flags their reads. */
const flags = {
  read: "read_or_not",
  comment: "comment_or_not",
  agree: "agree_or_not",
  share: "share_or_not",
} as const;

export type ListName = keyof typeof flags;
export const listNames = Object.keys(flags) as ListName[];

/** By uid and not by the table's own order: a reader who moves must not appear twice. */
export const toReadersSql = (list: ListName): string =>
  `SELECT DISTINCT r.uid FROM article_read r WHERE r.home = ? AND r.aid = ? AND r.${flags[list]} = 1 AND r.uid > ? ORDER BY r.uid LIMIT ?`;

const BATCH = 5_000;

export interface ReadersRequest {
  readonly aid: number;
  readonly list: ListName;
  readonly limit: number;
  readonly cursor: string | undefined;
}

/** Reads the request at once, and then, for the home of its article, the JSON of {items, next}. */
export const listReaders = ({
  aid,
  list,
  limit,
  cursor,
}: ReadersRequest): ((from: Pick<Sql, "query">, home: bigint) => Promise<string>) => {
  const name = `articles/${aid}/be-read?list=${list}`;
  const sql = toReadersSql(list);
  const after = parseCursor(cursor, name, wholeNumber);
  return (from, home) =>
    readPage<{ readonly uid: number }, number>({
      limit,
      batch: BATCH,
      after,
      fetch: async (last, count) => from.query(sql, [home, aid, last ?? -1, count]),
      positionOf: ({ uid }) => uid,
      toItems: (rows) => rows.map(({ uid }) => uid),
      toNext: (last) => toCursor(name, last),
    });
};
