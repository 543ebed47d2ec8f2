import { describe, expect, it } from "vitest";
import { findImbalance } from "#functions/show-cluster/find-imbalance.ts";

const shard = (name: string, rows: number, queriesPerSecond = 0) => ({
  ...{ shard: `tagenal/${name}`, rows, bytes: 0, queriesPerSecond },
});

describe("an imbalance", () => {
  it.each([
    ["none where all have the same", [shard("-80", 5_000), shard("80-", 5_500)], []],
    ["none among few rows", [shard("-80", 600), shard("80-", 0)], []],
    ["none of a single shard", [shard("0", 1_000_000, 900)], []],
    ["skew", [shard("-80", 9_000), shard("80-", 1_000)], [["skew", "tagenal/-80"]]],
    ["a hot shard", [shard("-80", 10, 5), shard("80-", 10, 95)], [["hot", "tagenal/80-"]]],
  ])("is named: %s", (_, shards, expected) => {
    expect(findImbalance(shards).map(({ kind, shard: name }) => [kind, name])).toEqual(expected);
  });

  it("is told in words", () => {
    const [found] = findImbalance([shard("-80", 9_000), shard("80-", 1_000)]);
    expect(found?.says).toBe(
      "tagenal/-80 has 90 % of the rows of its keyspace; even would be 50 %",
    );
  });
});
