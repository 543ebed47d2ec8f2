/** The cache in front of the real cluster: what it keeps, and that nothing it answers is wrong. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { askStatus } from "#infra/local/cluster/control.ts";
import { toPaths } from "#infra/local/cluster/layout.ts";
import { ask, batches, createDifferential } from "./cache-client.ts";
import { send } from "./write-client.ts";
import { newArticle, newRead, newUser } from "./write-rows.ts";

const cluster = inject("cluster");
const FIRST_KEY = 5_200_001;
const [uid, aid] = [FIRST_KEY, FIRST_KEY];
const paths = [
  `/v1/users/${uid}`,
  `/v1/users/${uid}/reads`,
  `/v1/users?uid=${uid}`,
  `/v1/articles?aid=${aid}`,
  `/v1/reads?uid=${uid}`,
  "/v1/ranks/daily/1999-01-01",
];

const statusOf = async (path: string, headers = {}): Promise<string> =>
  (await ask(cluster, path, headers)).headers.get("cache-status") ?? "";

beforeAll(async () => {
  await send("POST", "/v1/users", newUser(uid));
  await send("POST", "/v1/articles", newArticle(aid));
  await send("POST", "/v1/reads", newRead(uid, aid));
});

afterAll(async () => {
  await send("DELETE", `/v1/users/${uid}`);
  await send("DELETE", `/v1/articles/${aid}`);
});

describe("the cache", () => {
  it.each(paths)("keeps %s", async (path) => {
    await expect.poll(() => statusOf(path), { timeout: 10_000 }).toMatch(/^tagenal; hit; ttl=\d+$/);
    const { headers, body } = await ask(cluster, path);
    const etag = headers.get("etag") ?? "";
    expect((await ask(cluster, path, { "if-none-match": etag })).status).toBe(304);
    const anew = await ask(cluster, path, { "cache-control": "no-cache" });
    expect(anew.headers.get("cache-status")).toBe("tagenal; fwd=request");
    expect(anew.headers.get("etag")).toBe(etag);
    expect(anew.body).toBe(body);
  });

  it("answers what was written as soon as that was acknowledged", async () => {
    for (let turn = 0; turn < 5; turn += 1) {
      const [name, title] = [`name ${turn}`, `title ${turn}`];
      await Promise.all(paths.map((path) => ask(cluster, path)));
      await send("PATCH", `/v1/users/${uid}`, { name });
      await send("PATCH", `/v1/articles/${aid}`, { title });
      for (const path of paths.slice(0, 3)) {
        const { body } = await ask(cluster, path);
        expect(body, path).toContain(path.endsWith("reads") ? title : name);
      }
    }
  });

  it("answers the same as without it, whatever is written by several at a time", async () => {
    let base = FIRST_KEY + 100;
    await fc.assert(
      fc.asyncProperty(batches, async (all) => {
        base += 10;
        const differential = createDifferential(cluster, base);
        await differential.run(all);
        await differential.clean();
      }),
      { interruptAfterTimeLimit: 8_000, numRuns: 1_000, endOnFailure: true },
    );
  });

  it("delays no answer for long while a server of it hangs, and is right again afterwards", async () => {
    const status = await askStatus(toPaths(cluster.home));
    const node = status?.units.find(({ name }) => /^redis-\d+$/.test(name))?.pid;
    if (node === undefined) throw new Error("Redis does not run");
    const differential = createDifferential(cluster, FIRST_KEY + 50);
    await Promise.all(differential.paths.map((path) => ask(cluster, path)));
    process.kill(node, "SIGSTOP");
    try {
      const startedAt = Date.now();
      for (const turn of [1, 2, 3]) {
        await send("PATCH", `/v1/users/${uid}`, { name: `while it hangs ${turn}` });
        for (const path of paths) expect((await ask(cluster, path)).status).toBe(200);
      }
      expect(Date.now() - startedAt).toBeLessThan(15_000);
    } finally {
      process.kill(node, "SIGCONT");
    }
    const { body } = await ask(cluster, `/v1/users/${uid}`, { "cache-control": "no-cache" });
    await expect
      .poll(async () => (await ask(cluster, `/v1/users/${uid}`)).body, { timeout: 31_000 })
      .toBe(body);
    await expect
      .poll(async () => (await Promise.all(paths.map((path) => statusOf(path)))).join(), {
        timeout: 15_000,
        interval: 500,
      })
      .not.toMatch(/unavailable/);
  });
});
