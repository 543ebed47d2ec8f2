import { describe, expect, it } from "vitest";
import { measure, median, rotate, summarize } from "./measure.ts";

describe("measuring", () => {
  it("lets the ways take turns, warms up, and counts the rest", async () => {
    const log: string[] = [];
    const way = (name: string) => ({ name, run: async (turn: number) => log.push(name + turn) });
    const taken = await measure([way("a"), way("b")], { rounds: 2, turns: 2 });
    expect(log.join(" ")).toBe("a0 a1 b0 b1 b2 b3 a2 a3 a4 a5 b4 b5");
    expect(Object.entries(taken).map(([name, times]) => [name, times.length])).toEqual([
      ["a", 4],
      ["b", 4],
    ]);
  });

  it("begins each round with another way", () => {
    expect([0, 1, 2, 3].map((round) => rotate(["a", "b", "c"], round).join(""))).toEqual([
      "abc",
      "bca",
      "cab",
      "abc",
    ]);
  });

  it("tells least, median and 99th percentile", () => {
    const values = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect(summarize(values)).toEqual({ samples: 200, min: 1, median: 100.5, p99: 199 });
    expect(summarize([7])).toEqual({ samples: 1, min: 7, median: 7, p99: 7 });
    expect(median([3, 1, 2])).toBe(2);
  });
});
