/**
 * A user's reads, newest first, each with the title and category of its article.
 *
 * The reads lie together at the user's home, so they are one shard's; their articles are then read
 * by the homes that the reads carry, in one statement. A join inside vtgate would ask once a read.
 */
import { z } from "zod";
import { parseCursor, toCursor, wholeNumber } from "#shared/query-cursor.ts";
import { readPage } from "#shared/query-page.ts";
import { createToItem, type Item, rowsPerStatement, toSelectList } from "#shared/query-rows.ts";
import type { Row, Sql } from "#shared/sql.ts";
import { reads } from "#shared/tables.ts";

type ReadSql = Pick<Sql, "query">;

/** Time and id of the last read of a page. */
type Position = readonly [timestamp: number, id: string];
const position = z.tuple([wholeNumber, z.string().max(40)]);

const READS_SQL = `SELECT ${toSelectList(reads, "r")} FROM user_read r WHERE r.home = ? AND r.uid = ?`;
const AFTER = " AND (r.timestamp < ? OR r.timestamp = ? AND r.id < ?)";
const ORDER = " ORDER BY r.timestamp DESC, r.id DESC LIMIT ?";
export const FIRST_READS_SQL = READS_SQL + ORDER;
export const NEXT_READS_SQL = READS_SQL + AFTER + ORDER;

// Homes hardly ever coincide, so the two lists together find little beside what is asked for.
export const ARTICLES_SQL =
  "SELECT a.home, a.aid, a.title, a.category FROM article a WHERE a.home IN (?) AND a.aid IN (?)";

interface ArticleRow {
  readonly home: string;
  readonly aid: number;
  readonly title: string;
  readonly category: string;
}

const toItem = createToItem(reads);

const readArticles = async (tagenal: ReadSql, rows: readonly Row[]): Promise<ArticleRow[]> => {
  const homes = [...new Set(rows.map((row) => String(row["article_home"])))].map(BigInt);
  const aids = [...new Set(rows.map((row) => Number(row["aid"])))];
  return tagenal.query<ArticleRow>(ARTICLES_SQL, [homes, aids]);
};

/** An article that is gone leaves its reads behind: their title and category are null. */
const joinArticles = async (tagenal: ReadSql, rows: readonly Row[]): Promise<Item[]> => {
  const articles = await readArticles(tagenal, rows);
  const byAid = new Map(articles.map((article) => [article.aid, article]));
  return rows.map((row) => {
    const article = byAid.get(Number(row["aid"]));
    return { ...toItem(row), title: article?.title ?? null, category: article?.category ?? null };
  });
};

export interface ReadsRequest {
  readonly uid: number;
  readonly limit: number;
  readonly cursor: string | undefined;
}

/** Reads the request at once, and then, for the home of its user, the JSON of {items, next}. */
export const createListReads =
  (tagenal: ReadSql) =>
  ({ uid, limit, cursor }: ReadsRequest): ((home: bigint) => Promise<string>) => {
    const list = `users/${uid}/reads`;
    const after = parseCursor(cursor, list, position);
    return (home) =>
      readPage<Row, Position>({
        limit,
        batch: rowsPerStatement(reads),
        after,
        fetch: async (from, count) =>
          from === undefined
            ? tagenal.query(FIRST_READS_SQL, [home, uid, count])
            : tagenal.query(NEXT_READS_SQL, [home, uid, from[0], from[0], from[1], count]),
        positionOf: (row) => [Number(row["timestamp"]), String(row["id"])],
        toItems: (rows) => joinArticles(tagenal, rows),
        toNext: (last) => toCursor(list, last),
      });
  };
