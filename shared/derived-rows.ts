/**
 * Makes up for the rows of article_read that a large load has not made: one that ended in the midst
 * of a chunk has its reads in user_read, and nobody else will derive them.
 */
import { insertArticleReads } from "./insert-json.ts";
import { createShardMap, parseKeyRange } from "./shards.ts";
import type { Sql } from "./sql.ts";
import { tables } from "./tables.ts";

export interface DerivedRowsDeps {
  readonly readShards: () => Promise<readonly string[]>;
  readonly shard: (name: string) => Sql;
}

type Cells = readonly (string | number)[];

/** Fewer than vtgate answers in one result. */
const PAGE = 4_000;
const columns = tables.reads.columns.map(({ column }) => column);
const ID = columns.indexOf("id");
const ARTICLE_HOME = columns.indexOf("article_home");

const PAGE_SQL =
  `select ${columns.join(", ")} from user_read where (home, id) > (?, ?) and load_id = ? ` +
  "order by home, id limit ?";
const READS_SQL = "select count(*) as count from user_read where load_id = ?";
const DERIVED_SQL =
  "select count(*) as count from article_read where reader_home between ? and ? and load_id = ?";

/** Only while no chunk of the load is being loaded. Doing it again changes nothing. */
export const createDeriveMissing =
  ({ readShards, shard }: DerivedRowsDeps) =>
  async (serial: number): Promise<void> => {
    const shards = createShardMap([...(await readShards())]);

    const isWhole = async (name: string): Promise<boolean> => {
      const { from, to } = parseKeyRange(name);
      const readers = [from, to - 1n] as const;
      const count = async (on: string, sql: string, values: readonly (bigint | number)[]) =>
        (await shard(on).query<{ count: number }>(sql, values))[0]?.count ?? 0;
      const reads = await count(name, READS_SQL, [serial]);
      const derived = await Promise.all(
        shards.names.map((on) => count(on, DERIVED_SQL, [...readers, serial])),
      );
      return derived.reduce((sum, one) => sum + one, 0) === reads;
    };

    const derive = async (rows: readonly Cells[]): Promise<void> => {
      const groups = Map.groupBy(rows, (row) => shards.ownerOf(BigInt(row[ARTICLE_HOME] ?? 0)));
      for (const [name, own] of groups)
        await shard(name).write(insertArticleReads(JSON.stringify(own), serial), [], {
          harmless: true,
        });
    };

    const deriveFrom = async (name: string): Promise<void> => {
      let after: readonly [bigint, string] = [0n, ""];
      for (;;) {
        const found = await shard(name).query(PAGE_SQL, [...after, serial, PAGE]);
        const rows = found.map((row) => Object.values(row) as Cells);
        const last = rows.at(-1);
        if (last === undefined) return;
        await derive(rows);
        after = [BigInt(last[0] ?? 0), String(last[ID])];
      }
    };

    for (const name of shards.names) if (!(await isWhole(name))) await deriveFrom(name);
  };
