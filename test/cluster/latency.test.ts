/** From an event's publication to its receiver: Knative's broker beside the local one. */
import { randomUUID } from "node:crypto";
import { describe, expect, inject, it } from "vitest";
import { startLocalBroker } from "../broker/harness.ts";
import { startKnativeBroker } from "../broker/knative-broker.ts";
import type { BrokerSpec, BrokerUnderTest } from "../broker/under-test.ts";
import { record, type Spread, toSpread } from "./measure.ts";

const EVENTS = 200;
const spec: BrokerSpec = {
  delivery: { retry: 3, backoffPolicy: "exponential", backoffDelay: "PT0.1S" },
  triggers: [{ name: "timed", attributes: { type: "test.timed" } }],
};

const sendOne = async ({ sink, receivers }: BrokerUnderTest): Promise<number> => {
  const headers = {
    "ce-specversion": "1.0",
    "ce-id": randomUUID(),
    "ce-source": "/test",
    "ce-type": "test.timed",
  };
  const arrived = new Promise<number>((resolve) => {
    receivers.answer("timed", ({ at }) => {
      resolve(at);
      return { status: 202 };
    });
  });
  const startedAt = performance.now();
  const response = await fetch(sink, { method: "POST", headers });
  expect(response.status).toBe(202);
  return (await arrived) - startedAt;
};

const measure = async (broker: BrokerUnderTest): Promise<Spread> => {
  try {
    const times: number[] = [];
    // The first ones open connections.
    for (let sent = 0; sent < EVENTS + 20; sent += 1) times.push(await sendOne(broker));
    return toSpread(times.slice(20));
  } finally {
    await broker.stop();
  }
};

describe("an event", () => {
  it("takes milliseconds through either broker", async () => {
    const local = await measure(await startLocalBroker(spec));
    const kubernetes = inject("kubernetes");
    if (kubernetes === undefined) throw new Error("no Kubernetes cluster");
    const knative = await measure(await startKnativeBroker(kubernetes, spec));
    await record("eventLatencyMs", { knative, local });
    expect(knative.p50).toBeLessThan(1_000);
  }, 600_000);
});
