/**
 * Answers popular ranks: the five articles read most in the day, ISO week or month (UTC) of a date,
 * in full and with their counts. A rank that is not stored yet, or no longer holds, is made at once.
 */
import { findHomes } from "#shared/directory.ts";
import type { Route, RouteRequest } from "#shared/http-function.ts";
import { Problem } from "#shared/problem.ts";
import { toArticleItem } from "#shared/query-article.ts";
import { parseChoice, readParams } from "#shared/query-params.ts";
import { toJsonReply } from "#shared/query-reply.ts";
import { type Item, toSelectList } from "#shared/query-rows.ts";
import { granularities, type Period, parseDate, periodOf, toDate } from "#shared/rank-period.ts";
import type { Ranks } from "#shared/ranks.ts";
import type { Reply } from "#shared/respond.ts";
import type { Row, Sql } from "#shared/sql.ts";
import { articles } from "#shared/tables.ts";

export interface QueryRanksDeps {
  readonly tagenal: Pick<Sql, "query">;
  readonly ranks: Pick<Ranks, "get">;
  readonly now?: () => number;
}

// Apart from each other: vtgate would join them row by row.
export const ARTICLES_SQL = `SELECT ${toSelectList(articles, "a")} FROM article a WHERE a.home IN (?) AND a.aid IN (?)`;
export const COUNTS_SQL =
  "SELECT b.aid, b.read_num, b.comment_num, b.agree_num, b.share_num FROM be_read b WHERE b.home IN (?) AND b.aid IN (?)";

const byAid = (rows: readonly Row[]): Map<unknown, Row> =>
  new Map(rows.map((row) => [row["aid"], row]));

/** In the order of the rank; an article that was deleted since is missing. */
const readArticles = async (
  tagenal: Pick<Sql, "query">,
  aids: readonly number[],
): Promise<Item[]> => {
  const homes = [...(await findHomes(tagenal, "articles", aids)).values()];
  if (homes.length === 0) return [];
  const [found, counts] = (
    await Promise.all([ARTICLES_SQL, COUNTS_SQL].map((sql) => tagenal.query(sql, [homes, aids])))
  ).map(byAid);
  return aids.flatMap((aid) => {
    const row = found?.get(aid);
    return row === undefined ? [] : [toArticleItem(row, counts?.get(aid))];
  });
};

const parsePeriod = ({ params }: RouteRequest, now: number): Period => {
  const granularity = parseChoice("granularity", params["granularity"], granularities);
  const date = params["date"] ?? "";
  const period = periodOf(granularity, parseDate(date));
  if (period.start <= now) return period;
  throw new Problem("not-found", `the ${granularity} period of ${date} has not begun`, {
    field: "date",
  });
};

const createGetRank =
  ({ tagenal, ranks, now = Date.now }: QueryRanksDeps) =>
  async (request: RouteRequest): Promise<Reply> => {
    readParams(request.query, []);
    const period = parsePeriod(request, now());
    const rank = await ranks.get(period);
    const items = await readArticles(tagenal, rank.articleAidList);
    const days = { from: toDate(period.start), to: toDate(period.end - 1) };
    const json = JSON.stringify({ ...rank, ...days, articles: items });
    return toJsonReply(json, request.headers["if-none-match"]);
  };

export const createQueryRanks = (deps: QueryRanksDeps): Route[] => [
  { method: "GET", path: "/v1/ranks/:granularity/:date", handle: createGetRank(deps) },
];
