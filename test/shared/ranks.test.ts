import { describe, expect, it } from "vitest";
import { createQueryRanks } from "#functions/query-ranks/query-ranks.ts";
import { createRankArticles } from "#functions/rank-articles/rank-articles.ts";
import { noCache } from "#shared/cache.ts";
import { FIRST_PLACEMENT, isPlaced, placement, rangeOf } from "#shared/placement.ts";
import { Problem } from "#shared/problem.ts";
import { toAnswer } from "#shared/query-reply.ts";
import { granularities, type Period, periodOf } from "#shared/rank-period.ts";
import { createRanks, MOST_READ_SQL, STORED_SQL } from "#shared/ranks.ts";
import type { SqlValues } from "#shared/sql.ts";

const DAY = 86_400_000;
const day = periodOf("daily", Date.UTC(2015, 4, 1));

interface World {
  now: number;
  loads: number;
  /** Counts of reads by aid, as the database would answer them. */
  counts: { aid: number; reads_made: number }[];
  made: number;
}

/** A database that keeps ranks by granularity and beginning. */
const createWorld = (world: World) => {
  const stored = new Map<
    string,
    { article_aid_list: string; computed_at: number; loads: number }
  >();
  const answer = (sql: string, values: SqlValues): object[] => {
    if (sql === STORED_SQL) return [stored.get(`${values[1]}/${values[2]}`) ?? []].flat();
    if (sql !== MOST_READ_SQL) throw new Error(sql);
    world.made += 1;
    return world.counts;
  };
  const ranks = createRanks({
    tagenal: {
      query: async <T extends object>(sql: string, values: SqlValues = []) =>
        answer(sql, values) as T[],
      write: async (_sql, values = []) => {
        const [home, , timestamp, granularity, aids, computedAt, loads] = values;
        const { low, high } = rangeOf(FIRST_PLACEMENT, "ranks", String(granularity));
        expect(BigInt(String(home)) >= low && BigInt(String(home)) <= high).toBe(true);
        stored.set(`${granularity}/${timestamp}`, {
          article_aid_list: String(aids),
          computed_at: Number(computedAt),
          loads: Number(loads),
        });
        return { affected: 1, insertId: 0 };
      },
    },
    global: { query: async <T extends object>() => [{ n: world.loads }] as unknown as T[] },
    placement: async () => FIRST_PLACEMENT,
    now: () => world.now,
  });
  return { world, ranks, stored };
};

const later = (): World => ({
  now: day.end + DAY,
  loads: 0,
  counts: [3, 1, 2].map((aid) => ({ aid, reads_made: 10 - aid })),
  made: 0,
});

describe("a rank", () => {
  it("names the articles read most, and those read as much in the order of aid", async () => {
    const counts = [9, 4, 8, 7, 6, 5].map((aid) => ({ aid, reads_made: aid === 8 ? 3 : 2 }));
    const { ranks } = createWorld({ ...later(), counts });
    expect(await ranks.get(day)).toEqual({
      id: "daily-2015-05-01",
      timestamp: day.start,
      temporalGranularity: "daily",
      articleAidList: [8, 4, 5, 6, 7],
    });
  });

  it("counts an article once that is under two homes while it moves", async () => {
    const counts = [
      { aid: 2, reads_made: 5 },
      { aid: 1, reads_made: 4 },
      { aid: 1, reads_made: 3 },
    ];
    const { ranks } = createWorld({ ...later(), counts });
    expect((await ranks.get(day)).articleAidList).toEqual([1, 2]);
  });

  it("of a period long past is made once", async () => {
    const { ranks, world } = createWorld(later());
    const first = await ranks.get(day);
    world.counts = [];
    expect(await ranks.get(day)).toEqual(first);
    await ranks.refresh(day);
    expect(world.made).toBe(1);
  });

  it("is made anew after a load has ended, which may have brought reads of any time", async () => {
    const { ranks, world } = createWorld(later());
    await ranks.get(day);
    world.loads = 1;
    world.counts = [{ aid: 5, reads_made: 1 }];
    expect((await ranks.get(day)).articleAidList).toEqual([5]);
    expect((await ranks.get(day)).articleAidList).toEqual([5]);
    expect(world.made).toBe(2);
  });

  it("that was made before its reads had arrived is made anew", async () => {
    const { ranks, world } = createWorld({ ...later(), now: day.end + 1_000 });
    await ranks.get(day);
    world.now += DAY;
    await ranks.get(day);
    await ranks.get(day);
    expect(world.made).toBe(2);
  });

  it("of the current period is made at each tick, and kept between", async () => {
    const { ranks, world } = createWorld({ ...later(), now: day.start + DAY / 2 });
    await ranks.get(day);
    await ranks.get(day);
    expect(world.made).toBe(1);
    await ranks.refresh(day);
    expect(world.made).toBe(2);
    world.now += DAY / 4;
    await ranks.get(day);
    expect(world.made).toBe(3);
  });

  it("can be made anew in any case", async () => {
    const { ranks, world } = createWorld(later());
    await ranks.get(day);
    world.counts = [{ aid: 9, reads_made: 1 }];
    expect((await ranks.remake(day)).articleAidList).toEqual([9]);
    expect((await ranks.get(day)).articleAidList).toEqual([9]);
  });

  it("without any read is stored too", async () => {
    const { ranks, world } = createWorld({ ...later(), counts: [] });
    for (let turn = 0; turn < 2; turn += 1)
      expect((await ranks.get(day)).articleAidList).toEqual([]);
    expect(world.made).toBe(1);
  });

  it("lies where the placement map has its granularity", () => {
    for (const granularity of granularities) {
      expect(isPlaced(FIRST_PLACEMENT, "ranks", granularity)).toBe(true);
      expect(placement(FIRST_PLACEMENT, "ranks", granularity, day.start)).toBeTypeOf("bigint");
    }
  });
});

describe("rank-articles", () => {
  it("makes the current periods and those before them, twice the same", async () => {
    const { ranks, stored } = createWorld({ ...later(), now: Date.UTC(2015, 4, 1, 12) });
    const tick = createRankArticles({ ranks, now: () => Date.UTC(2015, 4, 1, 12) });
    await tick();
    const expected = [
      `daily/${Date.UTC(2015, 3, 30)}`,
      `daily/${Date.UTC(2015, 4, 1)}`,
      `weekly/${Date.UTC(2015, 3, 20)}`,
      `weekly/${Date.UTC(2015, 3, 27)}`,
      `monthly/${Date.UTC(2015, 3, 1)}`,
      `monthly/${Date.UTC(2015, 4, 1)}`,
    ];
    expect([...stored.keys()]).toEqual(expected);
    const before = structuredClone([...stored]);
    await tick();
    expect([...stored]).toEqual(before);
  });
});

describe("query-ranks", () => {
  const ask = async (granularity: string, date: string, aids: readonly number[] = []) => {
    const asked: Period[] = [];
    const [route] = createQueryRanks({
      readArticle: async ({ aid }) => {
        if (aid === 2) throw new Problem("not-found", "it was deleted");
        return toAnswer(JSON.stringify({ aid }));
      },
      ranks: {
        get: async (period) => {
          asked.push(period);
          return { id: "x", timestamp: 0, temporalGranularity: "daily", articleAidList: aids };
        },
      },
      cache: noCache,
      dataCenter: "beijing",
      now: () => Date.UTC(2015, 4, 1, 12),
    });
    const reply = await route?.handle({
      params: { granularity, date },
      query: new URLSearchParams(),
      headers: {},
      body: undefined,
      signal: new AbortController().signal,
    });
    return { asked, body: JSON.parse(String(reply?.body)) as Record<string, unknown> };
  };

  it("answers the articles in the order of the rank, without those that are gone", async () => {
    const { body } = await ask("weekly", "2015-05-01", [3, 2, 1]);
    expect(body).toMatchObject({ articleAidList: [3, 2, 1], from: "2015-04-27", to: "2015-05-03" });
    expect(body["articles"]).toEqual([{ aid: 3 }, { aid: 1 }]);
  });

  it("has no articles where nothing was read", async () => {
    expect((await ask("daily", "2015-05-01")).body["articles"]).toEqual([]);
  });

  it("knows nothing of what has not begun, and of no other granularity", async () => {
    await expect(ask("daily", "2015-05-02")).rejects.toMatchObject({ status: 404, field: "date" });
    await expect(ask("yearly", "2015-05-01")).rejects.toMatchObject({
      status: 400,
      field: "granularity",
    });
    await expect(ask("daily", "1 May")).rejects.toMatchObject({ status: 400, field: "date" });
    expect((await ask("monthly", "2015-05-31")).asked).toHaveLength(1);
  });
});
