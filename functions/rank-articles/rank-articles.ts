/**
 * Makes ranks: at each tick those of the current day, week and month, and those of the periods
 * before them once more after they have ended; and any other that is asked for. A tick or an event
 * that is lost or comes twice changes nothing: ranks are functions of the reads, and whoever asks
 * for one that is missing makes it.
 */
import type { rankRequested } from "#events/rank-requested.ts";
import type { Received } from "#shared/event-function.ts";
import { granularities, parseDate, periodOf } from "#shared/rank-period.ts";
import { rankRequest } from "#shared/rank-request.ts";
import type { Ranks } from "#shared/ranks.ts";
import type { WorkOnStep } from "#shared/work-on-step.ts";

export interface RankArticlesDeps {
  readonly ranks: Pick<Ranks, "refresh">;
  readonly now?: () => number;
}

export const createRankArticles =
  ({ ranks, now = Date.now }: RankArticlesDeps) =>
  async (): Promise<void> => {
    for (const granularity of granularities) {
      const current = periodOf(granularity, now());
      await ranks.refresh(periodOf(granularity, current.start - 1));
      await ranks.refresh(current);
    }
  };

export interface MakeRankDeps {
  readonly workOnStep: WorkOnStep;
  readonly ranks: Pick<Ranks, "remake">;
}

export const createMakeRank =
  ({ workOnStep, ranks }: MakeRankDeps) =>
  async ({ data }: Received<ReturnType<typeof rankRequested.parse>>): Promise<void> =>
    workOnStep({ operationId: data.operationId, step: "rank" }, async ({ lease }) => {
      const { granularity, date } = rankRequest.parse(lease.operation.request);
      const rank = await ranks.remake(periodOf(granularity, parseDate(date)));
      return { kind: "succeed", result: { ...rank } };
    });
