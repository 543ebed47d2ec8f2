import { describe, expect, it } from "vitest";
import { createTurns, type Turn, turnOf } from "#shared/turns.ts";

/** Runs `count` works and answers how many were at work at once, and the pauses made. */
const workThrough = async (isAnybodyReading: () => Promise<boolean>, count = 4) => {
  const pauses: number[] = [];
  const turn = createTurns({ isAnybodyReading, pause: async (ms) => pauses.push(ms) });
  let atWork = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    atWork += 1;
    most = Math.max(most, atWork);
    await new Promise((resolve) => setImmediate(resolve));
    atWork -= 1;
  };
  await Promise.all(Array.from({ length: count }, () => turn(work)));
  await new Promise((resolve) => setImmediate(resolve));
  return { most, pauses };
};

describe("a turn", () => {
  it("comes at once where nobody reads", async () => {
    expect(await workThrough(async () => false)).toEqual({ most: 4, pauses: [] });
  });

  it("comes one by one where somebody reads, each followed by a rest", async () => {
    const { most, pauses } = await workThrough(async () => true);
    expect(most).toBe(1);
    expect(pauses).toHaveLength(4);
    for (const ms of pauses) expect(ms).toBeLessThanOrEqual(1_000);
  });

  it("comes though the one before failed, and tells its own caller what failed", async () => {
    const turn = createTurns({ isAnybodyReading: async () => true, pause: async () => {} });
    const failing = turn(() => Promise.reject(new Error("no such table")));
    const next = turn(async () => "read");
    await expect(failing).rejects.toThrow("no such table");
    expect(await next).toBe("read");
  });
});

describe("a load", () => {
  const turn: Turn = () => Promise.reject(new Error("it waits"));

  it("waits for its turn, unless it was asked to go on at full pace", async () => {
    const work = async () => "done";
    expect(await turnOf({ pace: "full" }, turn)(work)).toBe("done");
    await expect(turnOf({}, turn)(work)).rejects.toThrow("it waits");
  });
});
