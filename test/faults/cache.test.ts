/**
 * The cache on a cluster of its own, longer than the everyday test: random writes by several at a
 * time while servers of Redis are killed or hang. While they do, an answer may be old by the cache's
 * bound and no longer; before and afterwards none is wrong.
 */
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askStatus } from "#infra/local/cluster/control.ts";
import { toPaths } from "#infra/local/cluster/layout.ts";
import { TTL_MS } from "#shared/cache.ts";
import { ask, batches, createDifferential } from "../integration/cache-client.ts";
import { type StartedCluster, startTestCluster } from "../integration/cluster.ts";

const FOUND_AGAIN_MS = 10_000;
const ANEW = { "cache-control": "no-cache" };

describe("the cache", () => {
  let cluster: StartedCluster;
  let base = 1_000;
  beforeAll(async () => {
    cluster = await startTestCluster();
  });
  afterAll(async () => {
    await cluster.stop();
  });

  const findServers = async (): Promise<number[]> => {
    const status = await askStatus(toPaths(cluster.home));
    return (status?.units ?? [])
      .filter(({ name }) => /^redis-\d+$/.test(name))
      .flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  };

  const compareFor = async (ms: number): Promise<void> =>
    fc.assert(
      fc.asyncProperty(batches, async (all) => {
        base += 10;
        const differential = createDifferential(cluster, base);
        await differential.run(all);
        await differential.clean();
      }),
      { interruptAfterTimeLimit: ms, numRuns: 10_000, endOnFailure: true },
    );

  it("answers the same as without it for a minute", async () => {
    await compareFor(60_000);
  });

  it.each([
    { name: "all servers are killed", count: 6, signal: "SIGKILL" },
    { name: "one server hangs", count: 1, signal: "SIGSTOP" },
    { name: "all servers hang", count: 6, signal: "SIGSTOP" },
  ] as const)("answers on while $name, and is right after its bound", async ({ count, signal }) => {
    base += 10;
    const differential = createDifferential(cluster, base);
    await Promise.all(differential.paths.map((path) => ask(cluster, path)));
    const servers = (await findServers()).slice(0, count);
    for (const pid of servers) process.kill(pid, signal);
    try {
      for (const path of differential.paths) {
        const startedAt = performance.now();
        expect((await ask(cluster, path)).status).toBeLessThan(500);
        expect(performance.now() - startedAt).toBeLessThan(5_000);
      }
      await differential.write(10);
    } finally {
      if (signal === "SIGSTOP") for (const pid of servers) process.kill(pid, "SIGCONT");
    }
    const isRight = async (path: string): Promise<boolean> => {
      const [kept, anew] = [await ask(cluster, path), await ask(cluster, path, ANEW)];
      return kept.status === anew.status && kept.body === anew.body;
    };
    for (const path of differential.paths)
      await expect.poll(() => isRight(path), { timeout: TTL_MS + 5_000 }).toBe(true);
    // Until every function has found the servers again: some hold what they were told for a while.
    await sleep(FOUND_AGAIN_MS);
    await compareFor(10_000);
  });
});
