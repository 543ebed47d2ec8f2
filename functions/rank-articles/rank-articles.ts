/**
 * Keeps the ranks of the current day, week and month up to date, and makes those of the periods
 * before them once more after they have ended. A tick that is lost or comes twice changes nothing:
 * ranks are functions of the reads, and whoever asks for one that is missing makes it.
 */
import { granularities, periodOf } from "#shared/rank-period.ts";
import type { Ranks } from "#shared/ranks.ts";

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
