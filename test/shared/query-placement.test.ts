import { describe, expect, it } from "vitest";
import { FIRST_PLACEMENT, type PlacementMap } from "#shared/placement.ts";
import { Problem } from "#shared/problem.ts";
import { createKeptPlacement } from "#shared/query-placement.ts";

const withVersion = (version: number): PlacementMap => ({ ...FIRST_PLACEMENT, version });

const createClock = () => {
  let time = 1_000_000;
  return { now: () => time, pass: (ms: number) => (time += ms) };
};

describe("the placement map of a query function", () => {
  it("is read at once for all who ask, and again after ten seconds", async () => {
    const clock = createClock();
    let reads = 0;
    const placement = createKeptPlacement(async () => withVersion(++reads), clock.now);
    const versions = async () =>
      (await Promise.all([placement(), placement()])).map(({ version }) => version);
    expect(await versions()).toEqual([1, 1]);
    clock.pass(9_999);
    expect(await versions()).toEqual([1, 1]);
    clock.pass(1);
    expect(await versions()).toEqual([2, 2]);
  });

  it("stays in force while the database is away", async () => {
    const clock = createClock();
    const answers = [
      () => withVersion(1),
      () => {
        throw new Problem("unavailable", "nobody serves it");
      },
      () => withVersion(2),
    ];
    const placement = createKeptPlacement(
      async () => answers.shift()?.() ?? withVersion(9),
      clock.now,
    );
    for (const version of [1, 1, 2]) {
      expect((await placement()).version).toBe(version);
      clock.pass(10_000);
    }
  });

  it("is asked for again when the first reading failed", async () => {
    let isAway = true;
    const placement = createKeptPlacement(async () => {
      if (isAway) throw new Problem("unavailable", "nobody serves it");
      return withVersion(1);
    });
    await expect(placement()).rejects.toThrow("nobody serves it");
    isAway = false;
    expect((await placement()).version).toBe(1);
  });
});
