/**
 * The functions as Knative Services, deployed by the project's own commands onto a real cluster.
 * The database is a local cluster's, whose own functions say what the answers have to be.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { run } from "#infra/parts/run.ts";
import { generateSample } from "#infra/sample/generate-sample.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { type Deployment, startDeployment } from "./deployment.ts";
import { record, timeEach, toSpread } from "./measure.ts";
import { countHandled, isAtZero, readMemory, watchHandled } from "./pods.ts";

const root = join(import.meta.dirname, "../..");
let on: Deployment;
beforeAll(async () => {
  const kubernetes = inject("kubernetes");
  if (kubernetes === undefined) throw new Error("no Kubernetes cluster");
  on = await startDeployment(kubernetes);
}, 1_800_000);
afterAll(() => on?.stop(), 600_000);

const ask = async (base: string, path: string) => {
  const response = await fetch(base + path);
  const { status, headers } = response;
  return { status, type: headers.get("content-type"), body: await response.text() };
};

describe("the API server", () => {
  it.each([
    { name: "every function", args: ["-f", join(root, "knative")] },
    { name: "the namespace", args: ["-k", join(root, "infra/kubernetes")] },
  ])("takes the manifests of $name", async ({ args }) => {
    // Forced, because kn has deployed the same Services with another image.
    const dryRun = ["apply", "--dry-run=server", "--server-side", "--force-conflicts"];
    expect(await on.kubectl([...dryRun, ...args])).toMatch(/\(server dry run\)/);
  });

  it("refuses a pod that could harm its node", async () => {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "violating", namespace: "tagenal" },
      spec: {
        containers: [
          { name: "root", image: "dev.local/query-users:test", securityContext: { runAsUser: 0 } },
        ],
      },
    };
    const creation = on.kubectl(["create", "-f", "-"], JSON.stringify(pod));
    await expect(creation).rejects.toThrow(/violates PodSecurity "restricted/);
  });
});

describe("a load through the real Broker", () => {
  const rows = { users: 1_000, articles: 1_000, reads: 10_000 };

  it("ends complete, its chunks inserted by load-chunk on the cluster", async () => {
    const dir = await mkdtemp(join(tmpdir(), "tagenal-sample-"));
    try {
      await generateSample({ ...rows, dir, seed: 4, media: "none" });
      const env = {
        TAGENAL_URL: on.url,
        TAGENAL_TOKEN: on.local.token,
        TAGENAL_HOME: on.local.home,
      };
      const startedAt = performance.now();
      const load = run(process.execPath, [join(root, "infra/cli/main.ts"), "load", dir], { env });
      const chunks = await watchHandled(on.kubectl, "load-chunk", load);
      const said = await load;
      const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
      await record("load", { ...rows, seconds, chunksHandledOnCluster: chunks });
      expect(chunks, said).toBeGreaterThan(0);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }, 600_000);

  it("leaves the same answers on the cluster as locally", async () => {
    for (const path of [
      "/v1/users?region=Beijing&limit=50",
      "/v1/users?region=Hong%20Kong&limit=50",
      "/v1/users/7",
      "/v1/users/7/reads?limit=20",
      "/v1/users/999999999",
      "/v1/users?nonsense=1",
      "/v1/articles/7",
      "/v1/articles?category=science&limit=50",
      "/v1/articles/7/be-read?list=read",
    ]) {
      const onCluster = await ask(on.url, path);
      expect(onCluster, path).toEqual(await ask(on.local.url, path));
    }
    const { status, body } = await ask(on.url, "/v1/users/7");
    expect({ status, uid: JSON.parse(body).uid }).toEqual({ status: 200, uid: 7 });
  });
});

describe("an event that a function refuses", () => {
  it("is kept by keep-dead-letter, with the function's problem", async () => {
    const id = `broken-${Date.now()}`;
    const headers = {
      "content-type": "application/json",
      "ce-specversion": "1.0",
      "ce-id": id,
      "ce-source": "/test",
      "ce-type": "dev.tagenal.load.chunk-ready.v1",
    };
    const startedAt = performance.now();
    const published = await fetch(on.sink, { method: "POST", headers, body: '{"no":"chunk"}' });
    expect(published.status).toBe(202);
    const { global, close } = createVtgate(on.local.vtgateUrl);
    const sql = "select error_code, error_data from dead_letter where id = ?";
    const find = () => global.query(sql, [id]);
    try {
      await expect.poll(async () => (await find()).length, { timeout: 90_000 }).toBe(1);
      const ms = Math.round(performance.now() - startedAt);
      await record("deadLetterFromSleepingFunctionsMs", { ms });
      const [letter] = await find();
      expect(letter?.["error_code"]).toBe(422);
      const problem = Buffer.from(String(letter?.["error_data"]), "base64").toString();
      expect(problem).toContain("urn:tagenal:problem:unprocessable");
    } finally {
      await close();
    }
  });
});

describe("the clock", () => {
  it("wakes sweep-operations by its PingSource", async () => {
    const handled = () => countHandled(on.kubectl, "sweep-operations");
    await expect.poll(handled, { timeout: 120_000, interval: 2_000 }).toBeGreaterThan(0);
  }, 150_000);
});

describe("query-users", () => {
  const path = "/v1/users/7";
  const call = async (base: string) => {
    expect((await ask(base, path)).status).toBe(200);
  };

  it("answers while it is warm", async () => {
    await timeEach(20, () => call(on.url));
    await timeEach(20, () => call(on.local.url));
    const knative = toSpread(await timeEach(200, () => call(on.url)));
    const local = toSpread(await timeEach(200, () => call(on.local.url)));
    const memoryMiB = await readMemory(on.kubectl, "query-users");
    await record("warmCallMs", { knative, local, memoryMiB });
    expect(knative.p50).toBeLessThan(1_000);
  });

  it("scales to zero and comes back for the next call", async () => {
    const times: number[] = [];
    for (let start = 0; start < 10; start += 1) {
      const isDown = () => isAtZero(on.kubectl, "query-users");
      await expect.poll(isDown, { timeout: 180_000, interval: 1_000 }).toBe(true);
      times.push(...(await timeEach(1, () => call(on.url))));
    }
    await record("coldStartMs", toSpread(times));
    expect(toSpread(times).p50).toBeLessThan(60_000);
  }, 1_800_000);
});
