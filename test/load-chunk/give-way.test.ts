import { describe, expect, it } from "vitest";
import { createGiveWay, toPause } from "#functions/load-chunk/give-way.ts";

const late = { number: 100, request: {} };

const pausesOf = async (chunk: typeof late, isAnybodyReading: () => Promise<boolean>) => {
  const pauses: number[] = [];
  const giveWay = createGiveWay({ isAnybodyReading, pause: async (ms) => pauses.push(ms) });
  expect(await giveWay(chunk, async () => "done")).toBe("done");
  return pauses;
};

describe("a chunk of a large load", () => {
  it("waits while somebody reads", async () => {
    expect(await pausesOf(late, async () => true)).toHaveLength(1);
  });

  it("waits for nobody while nobody reads", async () => {
    expect(await pausesOf(late, async () => false)).toEqual([]);
  });

  it("does not wait where the load was asked to go at full pace", async () => {
    const chunk = { number: 100, request: { pace: "full" } };
    expect(await pausesOf(chunk, async () => true)).toEqual([]);
  });

  it("does not wait among a load's first ones", async () => {
    expect(await pausesOf({ ...late, number: 12 }, async () => true)).toEqual([]);
  });

  it("waits at most 7.5 s, and the longer, the longer chunks take", () => {
    expect(toPause(100, 0.5)).toBeCloseTo(1_100);
    expect(toPause(200, 0.5)).toBeCloseTo(2_200);
    expect(toPause(60_000, 1)).toBe(7_500);
  });
});
