import { describe, expect, it } from "vitest";
import { createReadFigures, toTarget } from "#functions/show-cluster/read-figures.ts";
import { createReadPlacement } from "#functions/show-cluster/read-placement.ts";
import { primary, tablet, toView } from "../tablets/views.ts";

const UUID = "0b8beec9-911e-11e9-9f7b-8a057645f3f6";
const never = new Promise<never>(() => {});
const alive = primary("beijing-101");
const stray = tablet("beijing-102");
const hung = tablet("hongkong-103");

describe("the figures of the servers", () => {
  const read = createReadFigures({
    vtctld: {
      fullStatus: (alias) =>
        alias === hung.alias
          ? never
          : Promise.resolve({
              version: "8.4.6",
              executed: alias === stray.alias ? `${UUID}:1-7` : `${UUID}:1-5:8`,
            }),
    },
    driver: { usage: () => Promise.reject(new Error("nobody there")) },
    target: (database) => ({
      query: <T>() =>
        database === toTarget(hung)
          ? never
          : Promise.resolve([{ name: "Uptime", value: "61" }] as T[]),
    }),
    readVars: (address) =>
      address === "hung:1" ? never : Promise.resolve({ QPS: { Select: [2, 4] } }),
  });

  it("come from those that answer, and are unknown of one that hangs", async () => {
    const tablets = [alive, stray, { ...hung, webAddress: "hung:1" }];
    const start = performance.now();
    const found = await read({ tablets });
    expect(performance.now() - start).toBeLessThan(5_000);
    expect(found.get(alive.alias)).toMatchObject({
      queriesPerSecond: { reads: 3, writes: 0 },
      ...{ uptimeSeconds: 61, version: "8.4.6", errantGtids: 0, usage: null },
    });
    expect(found.get(stray.alias)?.errantGtids).toBe(2);
    expect(found.get(hung.alias)).toEqual({
      ...{ usage: null, queriesPerSecond: null, p99Milliseconds: null, connections: null },
      ...{ uptimeSeconds: null, version: null, errantGtids: null },
    });
  });
});

describe("the placement", () => {
  it("names where nobody answers, and tells the rest", async () => {
    const view = toView([alive, stray, hung]);
    const read = createReadPlacement({
      target: (database) => ({
        query: async <T>(sql: string) => {
          if (database === toTarget(hung)) throw new Error("gone");
          const rows = sql.includes("innodb")
            ? [
                { name: "user", estimate: 90, bytes: 114_688 },
                { name: "user_read", estimate: 1_000_000, bytes: 9e8 },
              ]
            : [{ name: "user", n: 100 }];
          return rows as T[];
        },
      }),
    });
    const { tables, unanswered } = await read(view);
    expect(unanswered).toEqual([{ shard: "tagenal/-80", dataCenter: "hongkong" }]);
    const place = { shard: "tagenal/-80", dataCenter: "beijing", tablet: "beijing-101", copies: 2 };
    expect(tables).toEqual([
      { ...place, table: "user", rows: 100, isExact: true, bytes: 114_688 },
      { ...place, table: "user_read", rows: 1_000_000, isExact: false, bytes: 9e8 },
    ]);
  });
});
