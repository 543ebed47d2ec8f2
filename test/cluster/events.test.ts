/** Events through Knative's Broker to functions that sleep, refuse, and are killed. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, inject, it } from "vitest";
import { run } from "#infra/parts/run.ts";
import { generateSample } from "#infra/sample/generate-sample.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { createLoadClient } from "../integration/load-client.ts";
import { article, read, toLines, user } from "../plan-load/input.ts";
import { injectKubernetes, useKubectl } from "./kubernetes.ts";
import { record } from "./measure.ts";
import { countHandled, isAtZero, killPods, watchHandled } from "./pods.ts";

const root = join(import.meta.dirname, "../..");
const kubectl = useKubectl(injectKubernetes());
const cluster = inject("cluster");
const { url, token, vtgateUrl, sink } = cluster;
const { global, tagenal, close } = createVtgate(vtgateUrl, { connections: 2 });
afterAll(close);

const load = async (dir: string): Promise<string> => {
  // It sends files to the object store itself, whose certificate is the authority's.
  const authority = `${dir}.crt`;
  await writeFile(authority, inject("authority"));
  const trust = { NODE_EXTRA_CA_CERTS: authority };
  const env = { TAGENAL_URL: url, TAGENAL_TOKEN: token, TAGENAL_HOME: dir, ...trust };
  const args = [join(root, "infra/cli/main.ts"), "load", dir];
  return run(process.execPath, args, { env }).finally(() => rm(authority));
};

const withSample = async <T>(
  options: { users: number; articles: number; reads: number; seed: number },
  work: (dir: string) => Promise<T>,
): Promise<T> => {
  const dir = await mkdtemp(join(tmpdir(), "tagenal-sample-"));
  try {
    await generateSample({ ...options, dir, media: "none" });
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
};

const FIRST_KEY = 4_200_000_000;

describe("a load through the real Broker", () => {
  const rows = { users: 1_000, articles: 1_000, reads: 10_000 };

  it("ends complete, its chunks inserted by load-chunk on the cluster", async () => {
    await withSample({ ...rows, seed: 4 }, async (dir) => {
      const startedAt = performance.now();
      const loading = load(dir);
      const chunks = await watchHandled(kubectl, "load-chunk", loading);
      const said = await loading;
      const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
      await record("load", { ...rows, seconds, chunksHandledOnCluster: chunks });
      expect(chunks, said).toBeGreaterThan(0);
    });
    const response = await fetch(`${url}/v1/users/7`);
    expect({ status: response.status, body: await response.json() }).toMatchObject({
      status: 200,
      body: { uid: 7 },
    });
  }, 600_000);

  it("ends complete when pods are killed in the middle of their events", async () => {
    const client = createLoadClient(cluster);
    const reads = 20_000;
    const keys = Array.from({ length: 50 }, (_, index) => FIRST_KEY + index);
    const keyOf = (index: number): number => keys[index % keys.length] ?? 0;
    const toRead = (_: unknown, index: number) =>
      read(0, keyOf(index), keyOf(7 * index), { id: `killed-${index}` });
    const id = await client.begin({
      "user.dat": toLines(...keys.map((key) => user(key))),
      "article.dat": toLines(...keys.map((key) => article(key))),
      "read.dat": toLines(...Array.from({ length: reads }, toRead)),
    });
    let isOver = false;
    const ended = client.untilEnd(id).finally(() => {
      isOver = true;
    });
    let killed = 0;
    while (!isOver && killed < 3) {
      killed += await killPods(kubectl, "load-chunk");
      await sleep(1_500);
    }
    const { state, result } = await ended;
    await record("killedPodsInMidEvent", { reads, killed });
    expect(killed).toBeGreaterThan(0);
    expect({ state, reads: result?.tables["reads"] }).toMatchObject({
      state: "succeeded",
      reads: { rows: reads },
    });
    const sql = "select count(*) as count from user_read where uid between ? and ?";
    const [row] = await tagenal.query<{ count: number }>(sql, [FIRST_KEY, FIRST_KEY + 49]);
    expect(row?.count).toBe(reads);
  }, 600_000);
});

describe("an event that a function refuses", () => {
  it("wakes it from zero, and is kept by keep-dead-letter with the function's problem", async () => {
    for (const name of ["load-chunk", "keep-dead-letter"]) {
      const isDown = () => isAtZero(kubectl, name);
      await expect.poll(isDown, { timeout: 180_000, interval: 1_000 }).toBe(true);
    }
    const id = `broken-${Date.now()}`;
    const headers = {
      "content-type": "application/json",
      "ce-specversion": "1.0",
      "ce-id": id,
      "ce-source": "/test",
      "ce-type": "dev.tagenal.load.chunk-ready.v1",
    };
    const startedAt = performance.now();
    const published = await fetch(sink, { method: "POST", headers, body: '{"no":"chunk"}' });
    expect(published.status).toBe(202);
    const sql = "select error_code, error_data from dead_letter where id = ?";
    const find = () => global.query(sql, [id]);
    await expect.poll(async () => (await find()).length, { timeout: 90_000 }).toBe(1);
    const ms = Math.round(performance.now() - startedAt);
    await record("deadLetterThroughTwoSleepingFunctions", { ms });
    const [letter] = await find();
    expect(letter?.["error_code"]).toBe(422);
    const problem = Buffer.from(String(letter?.["error_data"]), "base64").toString();
    expect(problem).toContain("urn:tagenal:problem:unprocessable");
  }, 300_000);
});

describe("the clock", () => {
  it("wakes sweep-operations by its PingSource", async () => {
    const handled = () => countHandled(kubectl, "sweep-operations");
    await expect.poll(handled, { timeout: 120_000, interval: 2_000 }).toBeGreaterThan(0);
  }, 150_000);
});
