/**
 * What the rows of a large load in article_read count for be_read: added up on each shard by the
 * shard itself, while the streams add what others write.
 *
 * 1. The key space is cut into parts at fixed places. A part is counted in one transaction with its
 *    mark (counted_load), so once, whoever does it and however often; and taken back likewise.
 * 2. All rows of the load have to be in article_read before, and nothing may take them out.
 */
import { retry } from "./retry.ts";
import { parseKeyRange, sliceRange } from "./shards.ts";
import type { Sql, TransactionalSql } from "./sql.ts";
import { isPassingProblem } from "./sql-error.ts";
import { atOnce, type Turn } from "./turns.ts";

export interface DerivedCounts {
  /** `turn`: when a part may be counted. */
  add(serial: number, turn?: Turn): Promise<void>;
  /** Nothing of the load is counted from now on, whoever may still be about to. */
  takeBack(serial: number): Promise<void>;
  /** Forgets what was counted; to be called once nobody can count it again. */
  forget(serial: number): Promise<void>;
}

export interface DerivedCountsDeps {
  readonly readShards: () => Promise<readonly string[]>;
  readonly shard: (name: string) => TransactionalSql;
}

interface Part {
  readonly from: bigint;
  /** The last one. */
  readonly to: bigint;
}

/** Few enough for a transaction each, many enough that none of them is long. */
const PARTS = 32;

/** The parts of a shard's range, cut where they are cut whatever the shards. Pure. */
export const partsOf = (shard: string): Part[] => {
  const range = parseKeyRange(shard);
  const cuts = sliceRange(parseKeyRange("-"), PARTS)
    .map(({ from }) => from)
    .filter((cut) => cut > range.from && cut < range.to);
  const ends = [...cuts, range.to];
  return [range.from, ...cuts].map((from, index) => ({ from, to: (ends[index] ?? 0n) - 1n }));
};

const counts = ["read", "comment", "agree", "share"];
const countSql = (sign: "" | "-"): string =>
  `insert into be_read (home, aid, ${counts.map((name) => `${name}_num`).join(", ")}) ` +
  `select home, aid, ${counts.map((name) => `${sign}sum(${name}_or_not)`).join(", ")} ` +
  "from article_read where home between ? and ? and load_id = ? group by home, aid " +
  `on duplicate key update ${counts
    .map((name) => `${name}_num = be_read.${name}_num + values(${name}_num)`)
    .join(", ")}`;
const ADD_SQL = countSql("");
const TAKE_BACK_SQL = countSql("-");
const MARK_SQL =
  "insert into counted_load (home, load_id, is_counted) values (?, ?, 1) " +
  "on duplicate key update load_id = counted_load.load_id";
const UNCOUNT_SQL =
  "update counted_load set is_counted = 0 where home = ? and load_id = ? and is_counted = 1";
const CLOSE_SQL = MARK_SQL.replace("?, 1)", "?, 0)");
const FORGET_SQL = "delete from counted_load where home = ? and load_id = ?";

export const createDerivedCounts = ({ readShards, shard }: DerivedCountsDeps): DerivedCounts => {
  const onParts = async (
    work: (on: Sql, part: Part) => Promise<void>,
    turn: Turn = atOnce,
  ): Promise<void> => {
    await Promise.all(
      (await readShards()).map(async (name) => {
        const session = shard(name);
        // Even a commit that may have been done: the mark tells.
        for (const part of partsOf(name))
          await turn(() =>
            retry(() => session.transaction((on) => work(on, part)), {
              isPassing: isPassingProblem,
            }),
          );
      }),
    );
  };
  return {
    add: (serial, turn) =>
      onParts(async (on, { from, to }) => {
        const { affected } = await on.write(MARK_SQL, [from, serial]);
        if (affected === 1) await on.write(ADD_SQL, [from, to, serial]);
      }, turn),
    takeBack: (serial) =>
      onParts(async (on, { from, to }) => {
        const { affected } = await on.write(UNCOUNT_SQL, [from, serial]);
        if (affected === 1) await on.write(TAKE_BACK_SQL, [from, to, serial]);
        else await on.write(CLOSE_SQL, [from, serial]);
      }),
    forget: (serial) =>
      onParts(async (on, { from }) => void (await on.write(FORGET_SQL, [from, serial]))),
  };
};
