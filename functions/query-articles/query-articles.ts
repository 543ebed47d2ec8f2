/**
 * Answers articles: one by aid with its be-read counts, lists of articles and of be-reads by any of
 * their fields, the uid lists of an article's be-read, and its readers.
 *
 * 1. Each touches one shard, except lists that neither category nor aid bounds, which merge the
 *    shards' own order, and readers, who are read where they live.
 * 2. An aid that no article has is 404, also for its lists.
 * 3. Articles that are served in every data center, and their be-reads, come from a replica near the
 *    reader (`X-Data-Center`, or where the function runs) unless something was just written.
 */
import type { Cache } from "#shared/cache.ts";
import type { Tag } from "#shared/cache-tags.ts";
import type { Route, RouteRequest } from "#shared/http-function.ts";
import { type Nearby, type Query, readerOf } from "#shared/nearby.ts";
import {
  BE_READ,
  createFindAt,
  createReadArticle,
  MEDIA,
  tagsOfArticle,
} from "#shared/query-article.ts";
import { type Bounds, toRangeScope } from "#shared/query-conditions.ts";
import { type Field, fieldsOf } from "#shared/query-fields.ts";
import type { Homes } from "#shared/query-home.ts";
import { askList, type ListDeps, readList } from "#shared/query-list.ts";
import { parseChoice, parseKey, parseLimit, readParams } from "#shared/query-params.ts";
import { needsPlacement, type Source } from "#shared/query-plan.ts";
import { createRead, type Reading, toAnswer } from "#shared/query-reply.ts";
import { type ListRequest, parseListRequest, parseShown } from "#shared/query-request.ts";
import { articles } from "#shared/tables.ts";
import { articlesSource, beReadFields, chooseBeReads, readersSource } from "./articles-source.ts";
import { listNames, listReaders } from "./be-read.ts";

export interface QueryArticlesDeps extends ListDeps {
  readonly homes: Homes;
  readonly nearby: Nearby;
  /** The function's own. */
  readonly dataCenter: string;
  readonly cache: Pick<Cache, "find">;
}

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

type Answer = Reading["answer"];

const createGetArticle = (deps: QueryArticlesDeps): Answer => {
  const readArticle = createReadArticle(deps);
  return async (request, mayLag) => {
    const shown = parseShown(readParams(request.query, ["fields"]).fields, articleFields);
    return readArticle({ aid: aidOf(request), shown, reader: readerOf(deps, request, mayLag) });
  };
};

interface ListOf {
  /** Names the list in its cursors. */
  readonly path: string;
  readonly fields: readonly Field[];
  /** Where to look depends on what is asked. */
  readonly choose: (request: ListRequest) => Source;
}

const DIRECTORY = { name: "articles", field: "aid" } as const;

/**
 * The range of homes that a list is bounded by. Undefined also where its rows are found by the
 * directory: a replica of one shard has only a part of that.
 */
const findBounds = async (
  { placement }: QueryArticlesDeps,
  source: Source,
  request: ListRequest,
): Promise<Bounds | undefined> => {
  const { filters } = request;
  const isByKey = filters.some(({ name, operator }) => name === "aid" && /eq|in/.test(operator));
  if (isByKey || !needsPlacement(source, request)) return undefined;
  const scope = toRangeScope(source.fields, filters, await placement());
  return scope !== undefined && "low" in scope ? scope : undefined;
};

const createList =
  (deps: QueryArticlesDeps, { path, fields: known, choose }: ListOf): Answer =>
  async (asked, mayLag) => {
    const request = parseListRequest(asked.query, known);
    const source = choose(request);
    const ask = { source, directory: DIRECTORY, path, request };
    const bounds = await findBounds(deps, source, request);
    if (bounds === undefined) return toAnswer(await readList(deps, ask));
    const reader = readerOf(deps, asked, mayLag);
    const { found = "", by } = await deps.nearby.read(reader, bounds, (from) =>
      readList({ ...deps, tagenal: from }, ask),
    );
    return toAnswer(found, { by });
  };

const allArticles: ListOf = {
  path: "articles",
  fields: articlesSource.fields,
  choose: () => articlesSource,
};
const allBeReads: ListOf = { path: "be-reads", fields: beReadFields, choose: chooseBeReads };

/** An article that nobody read has an empty list; a home where it is not has no list. */
const ifThere = async (
  from: Query,
  { home, aid }: { readonly home: bigint; readonly aid: number },
  list: Promise<string>,
): Promise<string | undefined> => {
  const [page, owners] = await Promise.all([list, from.query(ARTICLE_EXISTS_SQL, [home, aid])]);
  return owners.length > 0 ? page : undefined;
};

/** Readers are read where they live, so nobody has them all nearby. */
const createGetReaders = (deps: QueryArticlesDeps): Answer => {
  const findAt = createFindAt(deps);
  return async (asked) => {
    const aid = aidOf(asked);
    const request = parseListRequest(asked.query, readersSource.fields, { isSorted: false });
    const ofArticle = { name: "read.aid", operator: "eq", values: [aid] } as const;
    const readAt = await askList(deps, {
      source: readersSource,
      path: "articles/readers",
      request: { ...request, filters: [ofArticle, ...request.filters] },
      hasOneHome: true,
    });
    const { found } = await findAt({ aid, reader: readerOf(deps, asked, false) }, (from, home) =>
      ifThere(from, { home, aid }, readAt({ homes: [home] })),
    );
    return toAnswer(found);
  };
};

const createGetBeRead = (deps: QueryArticlesDeps): Answer => {
  const findAt = createFindAt(deps);
  return async (request, mayLag) => {
    const aid = aidOf(request);
    const { list, limit, cursor } = readParams(request.query, ["list", "limit", "cursor"]);
    const readAt = listReaders({
      aid,
      list: parseChoice("list", list, listNames),
      limit: parseLimit(limit),
      cursor,
    });
    const reader = readerOf(deps, request, mayLag);
    const { found, by } = await findAt({ aid, reader }, (from, home) =>
      ifThere(from, { home, aid }, readAt(from, home)),
    );
    return toAnswer(found, { by });
  };
};

export const createQueryArticles = (deps: QueryArticlesDeps): Route[] => {
  const read = createRead(deps.cache);
  const tagsOf = (request: RouteRequest): [Tag, ...Tag[]] => tagsOfArticle(aidOf(request));
  return [
    read({
      method: "GET",
      path: "/v1/articles",
      tags: () => ["articles"],
      answer: createList(deps, allArticles),
    }),
    read({
      method: "GET",
      path: "/v1/articles/:aid",
      tags: tagsOf,
      answer: createGetArticle(deps),
    }),
    read({
      method: "GET",
      path: "/v1/articles/:aid/be-read",
      tags: tagsOf,
      answer: createGetBeRead(deps),
    }),
    read({
      method: "GET",
      path: "/v1/articles/:aid/readers",
      tags: (request) => [...tagsOf(request), "users"],
      answer: createGetReaders(deps),
    }),
    read({
      method: "GET",
      path: "/v1/be-reads",
      tags: () => ["articles", "reads"],
      answer: createList(deps, allBeReads),
    }),
  ];
};
