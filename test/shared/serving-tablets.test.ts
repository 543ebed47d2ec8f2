import { describe, expect, it } from "vitest";
import { createTabletReads, POSITION_SQL } from "#shared/serving-tablets.ts";
import type { Sql } from "#shared/sql.ts";

const toRow = (Shard: string, TabletType: string, Alias: string) => ({
  ...{ Cell: "beijing", Keyspace: "tagenal", State: "SERVING" },
  ...{ Shard, TabletType, Alias },
});

const rows = [
  toRow("-80", "PRIMARY", "beijing-0000000101"),
  toRow("-80", "REPLICA", "beijing-0000000102"),
  // A half of a shard that is being split: its primary is there before its replicas.
  toRow("c0-", "PRIMARY", "beijing-0000000501"),
];

/** `answer`: what a tablet says to one of the two statements, as a row of its own. */
const read = (answer: (shard: string, sql: string) => object) => {
  const query = async () => rows;
  const { readTablets } = createTabletReads({
    tagenal: { query } as unknown as Parameters<typeof createTabletReads>[0]["tagenal"],
    tablet: (shard) => ({
      query: (async (sql: string) => [answer(shard, sql)]) as unknown as Sql["query"],
    }),
  });
  return readTablets();
};

const refuse = (): never => {
  throw new Error("operation not allowed in state NOT_SERVING");
};

describe("the serving tablets", () => {
  it("take a replica for current that reaches its primary's position", async () => {
    const found = await read((_, sql) =>
      sql === POSITION_SQL ? { executed: "a:1-9" } : { isLate: 0 },
    );
    expect(found.map(({ isCurrent }) => isCurrent)).toEqual([true, true, true]);
  });

  it("take one for late that does not, or whose primary does not tell", async () => {
    const late = await read((_, sql) =>
      sql === POSITION_SQL ? { executed: "a:1-9" } : { isLate: 1 },
    );
    expect(late.map(({ isCurrent }) => isCurrent)).toEqual([true, false, true]);
    const silent = await read((_, sql) => (sql === POSITION_SQL ? refuse() : { isLate: 0 }));
    expect(silent.map(({ isCurrent }) => isCurrent)).toEqual([true, false, true]);
  });

  it("are told even if a primary without replicas does not tell where it is", async () => {
    // Nobody waits for that: a rejection would end the process, and with it this test's.
    const found = await read((shard, sql) => {
      if (shard === "c0-") return refuse();
      return sql === POSITION_SQL ? { executed: "a:1-9" } : { isLate: 0 };
    });
    expect(found).toHaveLength(3);
  });
});
