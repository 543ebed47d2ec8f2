/**
 * Answers popular ranks: the five articles read most in the day, ISO week or month (UTC) of a date,
 * in full and with their counts. A rank that is not stored yet, or no longer holds, is made at once.
 *
 * The order of a rank and each of its articles are kept apart: a read that is written makes the
 * counts of one article old, and not the rank.
 */
import { type Answer, type Cache, type Found, noCache } from "#shared/cache.ts";
import type { Route, RouteRequest } from "#shared/http-function.ts";
import { readerOf } from "#shared/nearby.ts";
import { isProblem, Problem } from "#shared/problem.ts";
import { tagsOfArticle, type WantedArticle } from "#shared/query-article.ts";
import { parseChoice, readParams } from "#shared/query-params.ts";
import {
  isCacheUnwanted,
  type Made,
  toAnswer,
  toReply,
  toStatus,
  UNWANTED,
} from "#shared/query-reply.ts";
import { granularities, type Period, parseDate, periodOf, toDate } from "#shared/rank-period.ts";
import { type Rank, type Ranks, toRankId } from "#shared/ranks.ts";
import type { Reply } from "#shared/respond.ts";

export interface QueryRanksDeps {
  readonly ranks: Pick<Ranks, "get">;
  readonly readArticle: (wanted: WantedArticle) => Promise<Made>;
  /** The function's own. */
  readonly dataCenter: string;
  readonly cache: Pick<Cache, "find">;
  readonly now?: () => number;
}

const parsePeriod = ({ params }: RouteRequest, now: number): Period => {
  const granularity = parseChoice("granularity", params["granularity"], granularities);
  const date = params["date"] ?? "";
  const period = periodOf(granularity, parseDate(date));
  if (period.start <= now) return period;
  throw new Problem("not-found", `the ${granularity} period of ${date} has not begun`, {
    field: "date",
  });
};

type Part = Found<Answer>;

/** A kept answer has parts that were all kept, and is good as long as each of them. */
const statusOf = (parts: readonly Part[]): string => {
  const worst = parts.find(({ finding }) => finding !== "hit");
  if (worst !== undefined) return toStatus(worst);
  return toStatus({
    finding: "hit",
    isStored: false,
    freshMs: Math.min(...parts.map(({ freshMs }) => freshMs)),
  });
};

const createGetRank = (deps: QueryRanksDeps) => {
  const { ranks, readArticle, cache, now = Date.now } = deps;
  const findRank = async (from: Pick<Cache, "find">, period: Period): Promise<Part> => {
    const id = toRankId(period);
    const make = async (): Promise<Answer> => toAnswer(JSON.stringify(await ranks.get(period)));
    return from.find({ name: `rank/${id}`, tags: [`rank/${id}`], make });
  };

  /** Undefined for an article that was deleted since. */
  const findArticle = async (
    from: Pick<Cache, "find">,
    aid: number,
    request: RouteRequest,
  ): Promise<Part | undefined> => {
    try {
      const make = async (mayLag: boolean): Promise<Made> =>
        readArticle({ aid, reader: readerOf(deps, request, mayLag) });
      return await from.find({ name: `/v1/articles/${aid}`, tags: tagsOfArticle(aid), make });
    } catch (error) {
      if (isProblem(error) && error.code === "not-found") return undefined;
      throw error;
    }
  };

  return async (request: RouteRequest): Promise<Reply> => {
    readParams(request.query, []);
    const period = parsePeriod(request, now());
    const isUnwanted = isCacheUnwanted(request);
    const from = isUnwanted ? noCache : cache;
    const rank = await findRank(from, period);
    const { articleAidList, ...rest } = JSON.parse(String(rank.answer.body)) as Rank;
    const found = await Promise.all(articleAidList.map((aid) => findArticle(from, aid, request)));
    const parts = found.filter((part) => part !== undefined);
    const days = { from: toDate(period.start), to: toDate(period.end - 1) };
    const head = JSON.stringify({ ...rest, articleAidList, ...days }).slice(0, -1);
    const items = parts.map(({ answer }) => String(answer.body)).join(",");
    const answer = toAnswer(`${head},"articles":[${items}]}`);
    return toReply(answer, request, isUnwanted ? UNWANTED : statusOf([rank, ...parts]));
  };
};

export const createQueryRanks = (deps: QueryRanksDeps): Route[] => [
  { method: "GET", path: "/v1/ranks/:granularity/:date", handle: createGetRank(deps) },
];
