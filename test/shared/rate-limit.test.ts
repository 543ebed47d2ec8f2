import { describe, expect, it } from "vitest";
import { createCheckRate } from "#shared/rate-limit.ts";
import type { Redis } from "#shared/redis.ts";

const rates = {
  reader: { perSecond: 100, burst: 10 },
  write: { perSecond: 100, burst: 10 },
  operate: { perSecond: 1, burst: 2 },
};

const createWorld = (answer: () => Promise<number>) => {
  const asked: { key: string; values: readonly string[] }[] = [];
  const redis: Pick<Redis, "run"> = {
    run: (_script, key, values) => {
      asked.push({ key, values });
      return answer();
    },
  };
  return { asked, check: createCheckRate(redis, { rates }) };
};

describe("the rate limit", () => {
  it("counts each caller and scope apart, and names nobody in Redis", async () => {
    const { asked, check } = createWorld(async () => 0);
    await check("write", "reader-7");
    await check("operate", "reader-7");
    await check("write", "reader-8");
    expect(new Set(asked.map(({ key }) => key)).size).toBe(3);
    for (const { key } of asked) expect(key).not.toContain("reader");
    expect(asked[0]?.values).toEqual(["10000", "100000"]);
  });

  it("says when to come again", async () => {
    const { check } = createWorld(async () => 1_500_000);
    await expect(check("operate", "token")).rejects.toMatchObject({
      status: 429,
      headers: { "retry-after": "2" },
      message: "no more than 1 a second; wait a moment",
    });
  });

  it.each([
    { name: "is down", answer: () => Promise.reject(new Error("ECONNREFUSED")) },
    { name: "does not answer", answer: () => new Promise<number>(() => {}) },
  ])("lets everybody come while Redis $name, and soon without asking it", async ({ answer }) => {
    const { asked, check } = createWorld(answer);
    for (let turn = 0; turn < 6; turn += 1) await check("write", "token");
    expect(asked).toHaveLength(3);
  });
});
