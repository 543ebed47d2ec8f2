/**
 * Answers articles: one by aid with its be-read counts, lists of articles and of be-reads by any of
 * their fields, the uid lists of an article's be-read, and its readers.
 *
 * 1. Each touches one shard, except lists that neither category nor aid bounds, which merge the
 *    shards' own order, and readers, who are read where they live.
 * 2. An aid that no article has is 404, also for its lists.
 */
import type { Route, RouteRequest } from "#shared/http-function.ts";
import { Problem } from "#shared/problem.ts";
import { BE_READ, MEDIA, toArticleItem, toArticleTag } from "#shared/query-article.ts";
import { type Field, fieldsOf } from "#shared/query-fields.ts";
import type { Homes } from "#shared/query-home.ts";
import { askList, type ListDeps, readList } from "#shared/query-list.ts";
import { parseChoice, parseKey, parseLimit, readParams } from "#shared/query-params.ts";
import type { Source } from "#shared/query-plan.ts";
import { toJsonReply } from "#shared/query-reply.ts";
import { type ListRequest, parseListRequest, parseShown } from "#shared/query-request.ts";
import { toSelectList } from "#shared/query-rows.ts";
import type { Reply } from "#shared/respond.ts";
import { articles } from "#shared/tables.ts";
import { articlesSource, beReadFields, chooseBeReads, readersSource } from "./articles-source.ts";
import { createListReaders, listNames } from "./be-read.ts";

export interface QueryArticlesDeps extends ListDeps {
  readonly homes: Homes;
}

// Both tables have the same vindex, so vtgate leaves the join to the shard.
export const ARTICLE_SQL = `SELECT ${toSelectList(articles, "a")}, b.read_num, b.comment_num, b.agree_num, b.share_num FROM article a LEFT JOIN be_read b ON b.home = a.home AND b.aid = a.aid WHERE a.home = ? AND a.aid = ?`;
export const ARTICLE_EXISTS_SQL = "SELECT a.aid FROM article a WHERE a.home = ? AND a.aid = ?";

export const articleFields: readonly Field[] = [
  ...fieldsOf(articles, { alias: "a" }),
  ...[BE_READ, MEDIA].map(
    (name): Field => ({
      ...{ name, column: "", kind: "integer", sql: "", at: "main", isShown: true },
    }),
  ),
];

const aidOf = ({ params }: RouteRequest): number => parseKey("aid", params["aid"] ?? "");

const unknownArticle = (aid: number): Problem =>
  new Problem("not-found", `there is no article ${aid}`, { field: "aid" });

const createGetArticle =
  ({ tagenal, homes }: QueryArticlesDeps) =>
  async (request: RouteRequest): Promise<Reply> => {
    const aid = aidOf(request);
    const shown = parseShown(readParams(request.query, ["fields"]).fields, articleFields);
    const row = await homes.find(aid, async (home) => {
      const [found] = await tagenal.query(ARTICLE_SQL, [home, aid]);
      return found;
    });
    if (row === undefined) throw unknownArticle(aid);
    const json = JSON.stringify(toArticleItem(row, row, shown));
    const tagOf = shown === undefined ? () => toArticleTag(row) : undefined;
    return toJsonReply(json, request.headers["if-none-match"], tagOf);
  };

interface ListOf {
  readonly path: string;
  readonly fields: readonly Field[];
  /** Where to look depends on what is asked. */
  readonly choose: (request: ListRequest) => Source;
}

const createList =
  (deps: QueryArticlesDeps, { path, fields: known, choose }: ListOf) =>
  async ({ query, headers }: RouteRequest): Promise<Reply> => {
    const request = parseListRequest(query, known);
    const directory = { name: "articles", field: "aid" } as const;
    const json = await readList(deps, { source: choose(request), directory, path, request });
    return toJsonReply(json, headers["if-none-match"]);
  };

const allArticles: ListOf = {
  path: "articles",
  fields: articlesSource.fields,
  choose: () => articlesSource,
};
const allBeReads: ListOf = { path: "be-reads", fields: beReadFields, choose: chooseBeReads };

/** What `readAt` finds at the home of an article; an article that is nowhere is 404. */
const createFindAt =
  ({ tagenal, homes }: QueryArticlesDeps) =>
  async (aid: number, readAt: (home: bigint) => Promise<string>): Promise<string> => {
    const json = await homes.find(aid, async (home) => {
      // An article that nobody read has an empty list; a home where it is not has no list.
      const [page, owners] = await Promise.all([
        readAt(home),
        tagenal.query(ARTICLE_EXISTS_SQL, [home, aid]),
      ]);
      return owners.length > 0 ? page : undefined;
    });
    if (json === undefined) throw unknownArticle(aid);
    return json;
  };

const createGetReaders = (deps: QueryArticlesDeps) => {
  const findAt = createFindAt(deps);
  return async (asked: RouteRequest): Promise<Reply> => {
    const aid = aidOf(asked);
    const request = parseListRequest(asked.query, readersSource.fields, { isSorted: false });
    const ofArticle = { name: "read.aid", operator: "eq", values: [aid] } as const;
    const readAt = await askList(deps, {
      source: readersSource,
      path: "articles/readers",
      request: { ...request, filters: [ofArticle, ...request.filters] },
      hasOneHome: true,
    });
    const json = await findAt(aid, (home) => readAt({ homes: [home] }));
    return toJsonReply(json, asked.headers["if-none-match"]);
  };
};

const createGetBeRead = (deps: QueryArticlesDeps) => {
  const findAt = createFindAt(deps);
  const listReaders = createListReaders(deps.tagenal);
  return async (request: RouteRequest): Promise<Reply> => {
    const aid = aidOf(request);
    const { list, limit, cursor } = readParams(request.query, ["list", "limit", "cursor"]);
    const readPageAt = listReaders({
      aid,
      list: parseChoice("list", list, listNames),
      limit: parseLimit(limit),
      cursor,
    });
    return toJsonReply(await findAt(aid, readPageAt), request.headers["if-none-match"]);
  };
};

export const createQueryArticles = (deps: QueryArticlesDeps): Route[] => [
  { method: "GET", path: "/v1/articles", handle: createList(deps, allArticles) },
  { method: "GET", path: "/v1/articles/:aid", handle: createGetArticle(deps) },
  { method: "GET", path: "/v1/articles/:aid/be-read", handle: createGetBeRead(deps) },
  { method: "GET", path: "/v1/articles/:aid/readers", handle: createGetReaders(deps) },
  { method: "GET", path: "/v1/be-reads", handle: createList(deps, allBeReads) },
];
