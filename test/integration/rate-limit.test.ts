/** The rate limit on the real Redis Cluster: what one process counts, the other knows. */
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { createCheckRate, TAKE } from "#shared/rate-limit.ts";
import { createRedis, type Redis } from "#shared/redis.ts";

const { home } = inject("cluster");
const rates = {
  reader: { perSecond: 10, burst: 5 },
  write: { perSecond: 10, burst: 5 },
  operate: { perSecond: 10, burst: 5 },
};
let nodes: string[];
let clients: Redis[];

beforeAll(async () => {
  const env = JSON.parse(await readFile(join(home, "function-env.json"), "utf8")) as {
    REDIS_NODES: string;
  };
  nodes = env.REDIS_NODES.split(",");
  clients = [createRedis(nodes), createRedis(nodes)];
  for (const client of clients) {
    const isReady = async () =>
      (await client.run(TAKE, `rate:${randomUUID()}`, ["1", "1"]).catch(() => -1)) === 0;
    await vi.waitUntil(isReady, { timeout: 10_000, interval: 100 });
  }
});
afterAll(() => {
  for (const client of clients) client.close();
});

/** How often a caller gets through, of so many tries at once, spread over two processes' limits. */
const tryOut = async (caller: string, tries: number): Promise<number> => {
  const limits = clients.map((client) => createCheckRate(client, { rates }));
  const results = await Promise.allSettled(
    Array.from({ length: tries }, (_, index) => limits[index % 2]?.("write", caller)),
  );
  for (const result of results)
    if (result.status === "rejected") expect(result.reason).toMatchObject({ status: 429 });
  return results.filter(({ status }) => status === "fulfilled").length;
};

describe("the rate limit", () => {
  it("lets a burst through and then so many a second, over all processes", async () => {
    const caller = randomUUID();
    const first = await tryOut(caller, 40);
    expect(first).toBeGreaterThanOrEqual(5);
    expect(first).toBeLessThanOrEqual(9);
    await sleep(300);
    const second = await tryOut(caller, 40);
    expect(second).toBeGreaterThanOrEqual(2);
    expect(second).toBeLessThanOrEqual(8);
    expect(await tryOut(randomUUID(), 5)).toBe(5);
  });
});
