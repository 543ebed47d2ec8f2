/** A rank as an operation: to be made anew, whatever is stored. */
import { rankRequested } from "#events/rank-requested.ts";
import type { ToEvent } from "#shared/operation-kit.ts";
import { parseBody } from "#shared/parse-body.ts";
import { parseDate, periodOf, toDate } from "#shared/rank-period.ts";
import { rankRequest } from "#shared/rank-request.ts";
import type { OperationKind } from "./run-operations.ts";

export interface RankKindDeps {
  readonly toEvent: ToEvent;
  readonly now?: () => number;
}

export const createRankKind = ({ toEvent, now = Date.now }: RankKindDeps): OperationKind => ({
  parse: (body) => parseBody(rankRequest, body),
  check: async (request) => {
    const { granularity, date } = rankRequest.parse(request);
    const { start, end } = periodOf(granularity, parseDate(date));
    return {
      reasons: start <= now() ? [] : [`the ${granularity} period of ${date} has not begun`],
      plan: { from: toDate(start), to: toDate(end - 1), steps: ["rank"] },
    };
  },
  lockName: (request) => {
    const { granularity, date } = rankRequest.parse(request);
    return `rank:${granularity}:${toDate(periodOf(granularity, parseDate(date)).start)}`;
  },
  rejectsKey: () => undefined,
  step: "rank",
  toEvent: (operationId) => toEvent(rankRequested, { subject: operationId, data: { operationId } }),
});
