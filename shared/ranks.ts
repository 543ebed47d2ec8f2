/**
 * Popular ranks: the five articles read most in a day, week or month, as stored in `popular_rank`.
 *
 * 1. A rank is a function of the reads: asked twice, by whomever, it is the same. As many reads are
 *    in the order of aid.
 * 2. It is final once it was made after its period had ended and its reads had arrived, and no load
 *    has ended since: a load may bring reads of any time. Until then it is made anew when asked for.
 * 3. Who made it later wins, whoever stores it first.
 */
import { type PlacementMap, placement } from "./placement.ts";
import { type Granularity, type Period, toDate } from "./rank-period.ts";
import type { Sql } from "./sql.ts";

export interface Rank {
  readonly id: string;
  /** The beginning of its period, milliseconds since 1970. */
  readonly timestamp: number;
  readonly temporalGranularity: Granularity;
  /** Most read first. */
  readonly articleAidList: readonly number[];
}

interface StoredRank extends Rank {
  readonly computedAt: number;
  /** How many loads had ended when it was made. */
  readonly loads: number;
}

export interface RanksDeps {
  readonly tagenal: Sql;
  readonly global: Pick<Sql, "query">;
  readonly placement: () => Promise<PlacementMap>;
  readonly now?: () => number;
  /** Told after one was made and stored. */
  readonly onMade?: (id: string) => Promise<void>;
}

export interface Ranks {
  /** As it is stored, if that is final or young enough, else made and stored. */
  get(period: Period): Promise<Rank>;
  /** Makes and stores it, unless it is final. */
  refresh(period: Period): Promise<void>;
  /** Makes and stores it in any case: reads may have been written with a time long past. */
  remake(period: Period): Promise<Rank>;
}

export const PLACES = 5;
/** Reads reach `article_read` a moment after they are written. */
const ARRIVAL_MS = 60_000;
/** How old a rank may be while its period lasts. */
const AGE_MS = 600_000;

export const STORED_SQL =
  "SELECT p.article_aid_list, p.computed_at, p.loads FROM popular_rank p WHERE p.home = ? AND p.temporal_granularity = ? AND p.timestamp = ?";

// Grouped by home, so that each shard counts and cuts its own; an article that is gone has no rank.
export const MOST_READ_SQL =
  "SELECT r.home, r.aid, COUNT(*) AS reads_made FROM article_read r JOIN article a ON a.home = r.home AND a.aid = r.aid WHERE r.timestamp >= ? AND r.timestamp < ? AND r.read_or_not = 1 GROUP BY r.home, r.aid ORDER BY reads_made DESC, r.aid LIMIT ?";

const ENDED_LOADS_SQL =
  "SELECT COUNT(*) AS n FROM operation WHERE kind = 'load' AND state IN ('succeeded', 'failed', 'cancelled', 'undone')";

const STORE_SQL =
  "INSERT INTO popular_rank (home, id, timestamp, temporal_granularity, article_aid_list, computed_at, loads) VALUES (?, ?, ?, ?, ?, ?, ?) " +
  "ON DUPLICATE KEY UPDATE " +
  ["article_aid_list", "loads"]
    .map(
      (column) => `${column} = IF(VALUES(computed_at) < computed_at, ${column}, VALUES(${column}))`,
    )
    .join(", ") +
  ", computed_at = GREATEST(computed_at, VALUES(computed_at))";

/** Such as daily-2018-05-01. */
export const toRankId = ({ granularity, start }: Period): string =>
  `${granularity}-${toDate(start)}`;

const toRank = (period: Period, articleAidList: readonly number[]): Rank => ({
  id: toRankId(period),
  timestamp: period.start,
  temporalGranularity: period.granularity,
  articleAidList,
});

const parseAids = (text: string): number[] => (text === "" ? [] : text.split(",").map(Number));

export const createRanks = ({
  tagenal,
  global,
  placement: map,
  now = Date.now,
  onMade = async () => {},
}: RanksDeps): Ranks => {
  const homeOf = async ({ granularity, start }: Period): Promise<bigint> =>
    placement(await map(), "ranks", granularity, start);

  const readStored = async (period: Period): Promise<StoredRank | undefined> => {
    const { granularity, start } = period;
    const values = [await homeOf(period), granularity, start];
    const [row] = await tagenal.query<{
      article_aid_list: string;
      computed_at: number;
      loads: number;
    }>(STORED_SQL, values);
    if (row === undefined) return undefined;
    const { article_aid_list: aids, computed_at: computedAt, loads } = row;
    return { ...toRank(period, parseAids(aids)), computedAt, loads };
  };

  const countLoads = async (): Promise<number> => {
    const [row] = await global.query<{ n: number }>(ENDED_LOADS_SQL);
    return row?.n ?? 0;
  };

  const findMostRead = async ({ start, end }: Period): Promise<number[]> => {
    // An article that moves has its reads under two homes for a moment: hence twice as many rows.
    const rows = await tagenal.query<{ aid: number; reads_made: number }>(MOST_READ_SQL, [
      ...[start, end, 2 * PLACES],
    ]);
    const counts = new Map<number, number>();
    for (const { aid, reads_made: count } of rows) counts.set(aid, (counts.get(aid) ?? 0) + count);
    return [...counts]
      .sort(([aid, count], [otherAid, otherCount]) => otherCount - count || aid - otherAid)
      .slice(0, PLACES)
      .map(([aid]) => aid);
  };

  /** `loads`: counted before the reads are, so that a load in between makes it stale. */
  const make = async (period: Period, loads: number): Promise<Rank> => {
    const computedAt = now();
    const rank = toRank(period, await findMostRead(period));
    const { id, timestamp, temporalGranularity, articleAidList } = rank;
    await tagenal.write(
      STORE_SQL,
      [
        await homeOf(period),
        ...[id, timestamp, temporalGranularity, articleAidList.join(","), computedAt, loads],
      ],
      { harmless: true },
    );
    await onMade(id);
    return rank;
  };

  const isFinal = ({ computedAt, loads }: StoredRank, { end }: Period, ended: number): boolean =>
    loads === ended && computedAt >= end + ARRIVAL_MS;

  const isYoung = ({ computedAt, loads }: StoredRank, { end }: Period, ended: number): boolean =>
    loads === ended && now() < end && computedAt > now() - AGE_MS;

  return {
    get: async (period) => {
      const [stored, ended] = await Promise.all([readStored(period), countLoads()]);
      const isGood =
        stored !== undefined && (isFinal(stored, period, ended) || isYoung(stored, period, ended));
      if (!isGood) return make(period, ended);
      const { computedAt: _computedAt, loads: _loads, ...rank } = stored;
      return rank;
    },
    refresh: async (period) => {
      const [stored, ended] = await Promise.all([readStored(period), countLoads()]);
      if (stored === undefined || !isFinal(stored, period, ended)) await make(period, ended);
    },
    remake: async (period) => make(period, await countLoads()),
  };
};
