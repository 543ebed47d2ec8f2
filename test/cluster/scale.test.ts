/** Functions that scale: warm, from zero, under a burst, and when a pod is killed. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, inject, it } from "vitest";
import { injectKubernetes, useKubectl } from "./kubernetes.ts";
import { record, timeEach, toSpread } from "./measure.ts";
import { countReady, isAtZero, killPods, readMemory, readUsage } from "./pods.ts";
import { keepAsking } from "./requests.ts";

const kubectl = useKubectl(injectKubernetes());
const { url, token } = inject("cluster");
const users = `${url}/v1/users?region=Beijing&limit=1`;
const paths = {
  "query-users": "/v1/users?region=Beijing&limit=1",
  "query-articles": "/v1/articles?category=science&limit=1",
  "query-ranks": "/v1/ranks/daily/2015-02-28",
  "query-reads": "/v1/reads?limit=1",
  "run-operations": "/v1/operations?limit=1",
  "serve-web": "/",
  "show-cluster": "/v1/tablets",
};

const call = async (path: string): Promise<void> => {
  const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
  expect({ path, status: response.status, body: await response.text() }).toMatchObject({
    status: 200,
  });
};

describe("a function", () => {
  it("answers while it is warm", async () => {
    const path = paths["query-users"];
    await timeEach(20, () => call(path));
    const spread = toSpread(await timeEach(200, () => call(path)));
    const memoryMiB = await readMemory(kubectl, "query-users");
    await record("warmCallMs", { ...spread, memoryMiB });
    expect(spread.p50).toBeLessThan(1_000);
  });

  it("scales to zero and comes back for the next call", async () => {
    const times: number[] = [];
    for (let round = 0; round < 2; round += 1) {
      for (const name of Object.keys(paths)) {
        const isDown = () => isAtZero(kubectl, name);
        await expect.poll(isDown, { timeout: 180_000, interval: 500 }).toBe(true);
      }
      if (round === 0) await record("wholeAtRest", await readUsage(kubectl));
      // One by one: two that start at a time would share the processors.
      for (const path of Object.values(paths)) times.push(...(await timeEach(1, () => call(path))));
    }
    await record("coldStartMs", toSpread(times));
    expect(toSpread(times).p50).toBeLessThan(60_000);
  }, 1_200_000);

  it("scales out under a burst and answers all of it", async () => {
    let pods = 0;
    const untilMore = async (): Promise<void> => {
      const end = performance.now() + 60_000;
      while (performance.now() < end && pods < 2) {
        pods = Math.max(pods, await countReady(kubectl, "query-users"));
        await sleep(500);
      }
      await record("wholeUnderBurst", await readUsage(kubectl));
    };
    // Answers that are kept come so soon that one pod has them all.
    const outcome = await keepAsking(users, 160, untilMore, { "cache-control": "no-cache" });
    await record("burst", { ...outcome, lanes: 160, pods });
    expect(pods).toBeGreaterThan(1);
    expect(outcome.failed).toBe(0);
  }, 180_000);

  it("goes on answering when a pod is killed in the middle of requests", async () => {
    const lanes = 10;
    const outcome = await keepAsking(users, lanes, async () => {
      await sleep(2_000);
      expect(await killPods(kubectl, "query-users")).toBeGreaterThan(0);
      await sleep(15_000);
    });
    await record("killedPodsInMidRequest", { ...outcome, lanes });
    expect(outcome.answered).toBeGreaterThan(lanes);
    // Those under way, and those that came before the endpoints were told.
    expect(outcome.failed).toBeLessThan(0.2 * outcome.answered);
    await call(paths["query-users"]);
  }, 120_000);
});
