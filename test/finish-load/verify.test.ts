import { describe, expect, it } from "vitest";
import { toResult } from "#functions/finish-load/result.ts";
import { findDifferences, sumLedger } from "#functions/finish-load/verify-rows.ts";
import { toForecast } from "#functions/plan-load/forecast.ts";
import { readLoadRate } from "#functions/plan-load/load-rate.ts";
import { rowChecksum, toHex, xor } from "#shared/checksum.ts";
import { decideStart } from "#shared/derived-streams.ts";
import type { LedgerSum } from "#shared/load-ledger.ts";

const one = rowChecksum(["1"]);
const two = rowChecksum(["2"]);
const nothing = { rows: 0, sum: { high: 0, low: 0 } };
const ledger: LedgerSum[] = [
  { table: "users", shard: "-80", planned: { rows: 1, sum: one }, known: { rows: 1, sum: one } },
  { table: "users", shard: "80-", planned: { rows: 1, sum: two }, known: nothing },
  { table: "reads", shard: "-80", planned: { rows: 1, sum: one }, known: nothing },
];

describe("verify-rows", () => {
  const expected = sumLedger(ledger);

  it("expects what was planned less what was there before", () => {
    expect(expected).toEqual([
      { table: "users", rows: 1, sum: two },
      { table: "articles", ...nothing },
      { table: "reads", rows: 1, sum: one },
    ]);
    expect(findDifferences(expected, expected)).toEqual([]);
  });

  it("says in words what differs", () => {
    const stored = [
      { table: "users" as const, rows: 0, sum: nothing.sum },
      { table: "reads" as const, rows: 1, sum: two },
    ];
    expect(findDifferences(expected, stored)).toEqual([
      "users: 1 rows planned, 0 stored",
      `reads: checksum ${toHex(one)} planned, ${toHex(two)} stored`,
    ]);
  });
});

describe("result", () => {
  it("accounts for rows, time and rate", () => {
    const times = {
      plan: { startedAt: 1_000, finishedAt: 2_000 },
      load: { startedAt: 2_000, finishedAt: 2_500 },
      finish: { startedAt: 2_600, finishedAt: null },
    };
    const result = toResult({ ledger, times, progress: { verifiedAt: 2_700 }, at: 4_000 });
    expect(result).toMatchObject({
      rows: 3,
      rowsPerSecond: 1,
      seconds: { plan: 1, load: 0.5, verify: 0.1, derived: 1.3, total: 3 },
    });
    expect(Object.keys(result["tables"] as object)).toEqual(["users", "reads"]);
    expect(result["tables"]).toMatchObject({
      users: { rows: 2, loaded: 1, known: 1, checksum: toHex(xor(one, two)) },
    });
  });
});

describe("forecast", () => {
  it("tells rows by shard, what is there already, and a time only where loads have been", () => {
    const chunk = { number: 1, object: "x", sha256: "x", sum: one };
    const parts = [
      { ...chunk, table: "users" as const, shard: "80-", rows: 40 },
      { ...chunk, table: "users" as const, shard: "-80", rows: 50 },
      { ...chunk, table: "users" as const, shard: "-80", rows: 10, isKnown: true },
    ];
    const summary = {
      ...{ files: 1, records: 103, rejected: 1, repeated: 1, skipped: 1, updated: 0 },
      ...{ chunks: 2, rows: 90 },
    };
    const forecast = toForecast(summary, parts, 900, 30);
    expect(forecast).toEqual({
      dryRun: true,
      tables: { users: { rows: 100, known: 10, shards: { "-80": 60, "80-": 40 } } },
      ...{ rows: 100, toLoad: 90, rejected: 1, repeated: 1, skipped: 1, updated: 0 },
      ...{ chunks: 2, bytes: 900, estimatedSeconds: 3 },
    });
    expect(toForecast(summary, parts, 900, undefined)).toMatchObject({ estimatedSeconds: null });
  });
});

describe("load-rate", () => {
  const result = (loaded: number, total: number, fields = {}) => ({
    result: {
      tables: { users: { rows: 9_000, loaded }, reads: { loaded } },
      seconds: { total },
      ...fields,
    },
  });
  const rateOf = (rows: object[]) =>
    readLoadRate({ query: async <T extends object>() => rows as T[] });

  it("is that of the last load that wrote enough to tell", async () => {
    const dryRun = { result: { dryRun: true, tables: { users: { rows: 90_000 } } } };
    expect(await rateOf([dryRun, result(100, 1), result(4_000, 2), result(9_000, 1)])).toBe(4_000);
    expect(await rateOf([dryRun, result(100, 1), { result: null }])).toBeUndefined();
    expect(await rateOf([])).toBeUndefined();
  });
});

describe("derived-streams", () => {
  const running = { states: ["Running", "Running"], messages: [] };
  const stopped = { states: ["Running", "Stopped"], messages: [] };

  it("starts what is stopped, makes what is missing, and leaves others alone", () => {
    expect(decideStart([])).toEqual({ create: ["article_read", "be_read"], start: [] });
    expect(
      decideStart([
        { name: "article_read", ...stopped },
        { name: "be_read", ...running },
        { name: "somebody-elses", ...stopped },
      ]),
    ).toEqual({ create: [], start: ["article_read"] });
  });
});
