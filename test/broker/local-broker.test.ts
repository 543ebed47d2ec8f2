/** What only the local broker has: its files, its clock, its limits. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { toDeadLetter } from "#infra/local/broker/delivery.ts";
import { parseDurationMs } from "#infra/local/broker/duration.ts";
import { toTopology } from "#infra/local/broker/topology.ts";
import { readManifests } from "#infra/local/manifests.ts";
import { type BrokerProcess, killBrokerProcess, startBrokerProcess } from "./harness.ts";
import { type Receivers, startReceivers } from "./receivers.ts";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });
const patience = { timeout: 15_000 };
const manifests = `
apiVersion: eventing.knative.dev/v1
kind: Broker
metadata: { name: default, namespace: tagenal }
---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: { name: sweep, namespace: tagenal }
spec:
  broker: default
  filter:
    attributes:
      type: dev.knative.sources.ping
      source: /apis/v1/namespaces/tagenal/pingsources/sweep
  subscriber: { ref: { apiVersion: serving.knative.dev/v1, kind: Service, name: sweep } }
---
apiVersion: sources.knative.dev/v1
kind: PingSource
metadata:
  name: sweep
  namespace: tagenal
  annotations: { tagenal.dev/local-schedule: "* * * * * *" }
spec:
  schedule: "* * * * *"
  contentType: application/json
  data: '{"why":"clock"}'
  sink: { ref: { apiVersion: eventing.knative.dev/v1, kind: Broker, name: default } }
  ceOverrides: { extensions: { tick: local } }
---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: { name: stuck, namespace: tagenal }
spec:
  broker: default
  filter: { attributes: { type: test.stuck } }
  subscriber: { ref: { apiVersion: serving.knative.dev/v1, kind: Service, name: stuck } }
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: { name: stuck, namespace: tagenal }
spec: { template: { spec: { containerConcurrency: 2, containers: [{ image: x }] } } }
`;

let folder: string;
let receivers: Receivers;
let broker: BrokerProcess;
const url = (path: string) => `http://127.0.0.1:${broker.port}${path}`;
const publish = (type: string) =>
  fetch(url("/tagenal/default"), {
    method: "POST",
    headers: { "ce-specversion": "1.0", "ce-id": "1", "ce-source": "/t", "ce-type": type },
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tagenal-broker-"));
  await writeFile(join(folder, "all.yaml"), manifests);
  receivers = await startReceivers();
  broker = await startBrokerProcess({
    ACTIVATOR_URL: receivers.url,
    KNATIVE_DIR: folder,
    BROKER_QUEUE_EVENTS: "3",
  });
});
afterAll(async () => {
  await killBrokerProcess(broker);
  await receivers.stop();
  await rm(folder, { recursive: true, force: true });
});

describe("the local broker", () => {
  it("ticks by the local schedule of a PingSource", async () => {
    await expect.poll(() => receivers.of("sweep").length, patience).toBeGreaterThan(0);
    expect(receivers.of("sweep")[0]).toMatchObject({
      headers: {
        "content-type": "application/json",
        "ce-type": "dev.knative.sources.ping",
        "ce-source": "/apis/v1/namespaces/tagenal/pingsources/sweep",
        "ce-tick": "local",
      },
      body: '{"why":"clock"}',
    });
  });

  it("delivers no more at a time than the subscriber takes, and refuses what it cannot queue", async () => {
    const gate = Promise.withResolvers<void>();
    receivers.answer("stuck", async () => {
      await gate.promise;
      return { status: 202 };
    });
    for (let count = 0; count < 3; count += 1)
      expect((await publish("test.stuck")).status).toBe(202);
    const refused = await publish("test.stuck");
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("1");
    await expect.poll(() => receivers.of("stuck").length, patience).toBe(2);
    gate.resolve();
    await expect.poll(() => receivers.of("stuck").length, patience).toBe(3);
    await expect
      .poll(async () => (await fetch(url("/stats"))).json(), patience)
      .toMatchObject({ triggers: { stuck: { pending: 0, delivered: 3 } } });
    expect((await publish("test.stuck")).status).toBe(202);
  });

  it("knows its brokers and says whether it is well", async () => {
    const elsewhere = await fetch(url("/tagenal/other"), { method: "POST" });
    expect(elsewhere.status).toBe(404);
    expect(elsewhere.headers.get("content-type")).toBe("application/problem+json");
    expect((await fetch(url("/healthz"))).status).toBe(200);
  });

  it("says in a problem why an event is none", async () => {
    const response = await fetch(url("/tagenal/default"), { method: "POST", body: "x" });
    expect(await response.json()).toMatchObject({ status: 400, field: "specversion" });
  });

  it("ends on SIGTERM whatever is queued", async () => {
    const own = await startBrokerProcess({ ACTIVATOR_URL: receivers.url, KNATIVE_DIR: folder });
    own.child.kill("SIGTERM");
    await expect.poll(() => own.child.exitCode, patience).toBe(0);
  });
});

describe("its dead letters", () => {
  it("shorten a long answer", () => {
    const failure = { status: 422, body: Buffer.from("x".repeat(5_000)), isFinal: true };
    const event = { attributes: { id: "1", source: "/t", type: "t" }, data: undefined };
    const { knativeerrordata = "" } = toDeadLetter(event, "http://x/", failure).attributes;
    expect(knativeerrordata.length).toBe(1_024);
    expect(Buffer.from(knativeerrordata, "base64").toString()).toMatch(/^x+$/);
  });
});

describe("its manifests", () => {
  const read = async (yaml: string) => {
    await writeFile(join(folder, "all.yaml"), yaml);
    return toTopology(await readManifests(folder));
  };

  it.each([
    { name: "an unknown Broker", from: "broker: default", to: "broker: other", says: "no Broker" },
    {
      name: "filters that it would ignore",
      from: "filter: { attributes",
      to: "filters: []\n  filter: { attributes",
      says: 'Unrecognized key: "filters"',
    },
    {
      name: "another subscriber",
      from: "kind: Service, name: stuck }",
      to: "kind: Pod, name: x }",
      says: "subscriber.ref.kind",
    },
  ])("refuses $name", async ({ from, to, says }) => {
    await expect(read(manifests.replace(from, to))).rejects.toThrow(says);
  });

  it.each([
    ["PT0.2S", 200],
    ["PT1M30S", 90_000],
    ["P1DT2H", 93_600_000],
  ])("read %s as %i ms", (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  it.each(["", "P", "PT", "1s", "PT-1S"])("refuse the duration %o", (text) => {
    expect(() => parseDurationMs(text)).toThrow("not a duration");
  });
});
