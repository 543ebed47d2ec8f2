/**
 * Answers articles: one by aid with its be-read counts, those of a category or all of them in
 * pages, and the uid lists of its be-read.
 *
 * 1. Each touches one shard, except the list of all articles, which merges the shards' own order.
 * 2. An aid that no article has is 404, also for its lists.
 */
import type { Route, RouteRequest } from "#shared/http-function.ts";
import type { PlacementMap } from "#shared/placement.ts";
import { Problem } from "#shared/problem.ts";
import type { Homes } from "#shared/query-home.ts";
import { parseChoice, parseKey, parseLimit, readParams } from "#shared/query-params.ts";
import { listRange } from "#shared/query-range.ts";
import { toJsonReply } from "#shared/query-reply.ts";
import { createToItem, type Item, toSelectList } from "#shared/query-rows.ts";
import type { Reply } from "#shared/respond.ts";
import type { Row, Sql } from "#shared/sql.ts";
import { articles } from "#shared/tables.ts";
import { createListReaders, listNames } from "./be-read.ts";

export interface QueryArticlesDeps {
  readonly tagenal: Pick<Sql, "query">;
  readonly homes: Homes;
  readonly placement: () => Promise<PlacementMap>;
}

// Both tables have the same vindex, so vtgate leaves the join to the shard.
export const ARTICLE_SQL = `SELECT ${toSelectList(articles, "a")}, b.read_num, b.comment_num, b.agree_num, b.share_num FROM article a LEFT JOIN be_read b ON b.home = a.home AND b.aid = a.aid WHERE a.home = ? AND a.aid = ?`;
export const ARTICLE_EXISTS_SQL = "SELECT a.aid FROM article a WHERE a.home = ? AND a.aid = ?";

const toItem = createToItem(articles);

/** An article that nobody has read yet has no row of counts. */
const toBeRead = (row: Row): Item => ({
  readNum: row["read_num"] ?? 0,
  commentNum: row["comment_num"] ?? 0,
  agreeNum: row["agree_num"] ?? 0,
  shareNum: row["share_num"] ?? 0,
});

const aidOf = ({ params }: RouteRequest): number => parseKey("aid", params["aid"] ?? "");

const unknownArticle = (aid: number): Problem =>
  new Problem("not-found", `there is no article ${aid}`, { field: "aid" });

const createGetArticle =
  ({ tagenal, homes }: QueryArticlesDeps) =>
  async (request: RouteRequest): Promise<Reply> => {
    const aid = aidOf(request);
    readParams(request.query, []);
    const row = await homes.find(aid, async (home) => {
      const [found] = await tagenal.query(ARTICLE_SQL, [home, aid]);
      return found;
    });
    if (row === undefined) throw unknownArticle(aid);
    const json = JSON.stringify({ ...toItem(row), beRead: toBeRead(row) });
    return toJsonReply(json, request.headers["if-none-match"]);
  };

const createListArticles =
  (deps: QueryArticlesDeps) =>
  async ({ query, headers }: RouteRequest): Promise<Reply> => {
    const { category, limit, cursor } = readParams(query, ["category", "limit", "cursor"]);
    const json = await listRange(deps, {
      list: "articles",
      table: articles,
      value: category,
      limit,
      cursor,
    });
    return toJsonReply(json, headers["if-none-match"]);
  };

const createGetBeRead = ({ tagenal, homes }: QueryArticlesDeps) => {
  const listReaders = createListReaders(tagenal);
  return async (request: RouteRequest): Promise<Reply> => {
    const aid = aidOf(request);
    const { list, limit, cursor } = readParams(request.query, ["list", "limit", "cursor"]);
    const readPageAt = listReaders({
      aid,
      list: parseChoice("list", list, listNames),
      limit: parseLimit(limit),
      cursor,
    });
    const json = await homes.find(aid, async (home) => {
      // An article that nobody read has an empty list; a home where it is not has no list.
      const [page, owners] = await Promise.all([
        readPageAt(home),
        tagenal.query(ARTICLE_EXISTS_SQL, [home, aid]),
      ]);
      return owners.length > 0 ? page : undefined;
    });
    if (json === undefined) throw unknownArticle(aid);
    return toJsonReply(json, request.headers["if-none-match"]);
  };
};

export const createQueryArticles = (deps: QueryArticlesDeps): Route[] => [
  { method: "GET", path: "/v1/articles", handle: createListArticles(deps) },
  { method: "GET", path: "/v1/articles/:aid", handle: createGetArticle(deps) },
  { method: "GET", path: "/v1/articles/:aid/be-read", handle: createGetBeRead(deps) },
];
