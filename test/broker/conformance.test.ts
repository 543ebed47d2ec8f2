/**
 * What Tagenal needs of a broker, whichever it is. Written against harness.ts alone: it says
 * nothing of how the broker works inside, and where Knative's and ours differ, ours is wrong.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startBroker } from "./harness.ts";
import type { Answer } from "./receivers.ts";
import type { BrokerUnderTest } from "./under-test.ts";

// Nothing here takes long, but a busy machine does.
vi.setConfig({ testTimeout: 30_000 });
const patience = { timeout: 15_000, interval: 20 };
const delivery = { retry: 3, backoffPolicy: "exponential", backoffDelay: "PT0.1S" } as const;
const trigger = (name: string, more: Record<string, string> = {}) => ({
  name,
  attributes: { type: `test.${name}`, ...more },
});
const withGraveyard = { ...delivery, retry: 1, deadLetterSink: "graveyard" };

let broker: BrokerUnderTest;
beforeAll(async () => {
  broker = await startBroker({
    delivery: { ...delivery, deadLetterSink: "inherited" },
    triggers: [
      trigger("plain"),
      trigger("sourced", { source: "/test/a" }),
      trigger("extended", { region: "" }),
      { name: "first", attributes: { type: "test.shared" } },
      { name: "second", attributes: { type: "test.shared" } },
      trigger("flaky"),
      { ...trigger("failing"), delivery: withGraveyard },
      { ...trigger("refusing"), delivery: withGraveyard },
      { ...trigger("breaking"), delivery: withGraveyard },
      trigger("forsaken"),
      trigger("asking"),
      trigger("answered"),
      { ...trigger("babbling"), delivery: withGraveyard },
      trigger("slow"),
    ],
  });
}, 300_000);
afterAll(() => broker.stop());

interface Event {
  readonly type: string;
  readonly id?: string;
  readonly source?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

const post = (headers: Record<string, string>, body: string) =>
  fetch(broker.sink, { method: "POST", headers, body });

const publish = async ({ type, id = randomUUID(), source = "/test", headers, body }: Event) => {
  const response = await post(
    {
      "content-type": "application/json",
      "ce-specversion": "1.0",
      "ce-id": id,
      "ce-source": source,
      "ce-type": type,
      ...headers,
    },
    body ?? "{}",
  );
  expect(response.status).toBe(202);
  return id;
};

const all = (name: string) => broker.receivers.of(name);
const idsOf = (name: string) => all(name).map(({ headers }) => headers["ce-id"]);
const untilCount = (name: string, count: number) =>
  expect.poll(() => all(name).length, patience).toBe(count);
/** An event behind another shows that what was to come of that one has come. */
const untilIdle = async () => {
  const before = all("plain").length;
  await publish({ type: "test.plain" });
  await untilCount("plain", before + 1);
};
const lettersOf = (sink: string, id: string) =>
  all(sink).filter(({ headers }) => headers["ce-id"] === id);
const untilLetter = async (sink: string, id: string) => {
  await expect.poll(() => lettersOf(sink, id).length, patience).toBe(1);
  return lettersOf(sink, id)[0]?.headers ?? {};
};
const decode = (data: string | undefined) => Buffer.from(data ?? "", "base64").toString("utf8");

describe("publishing", () => {
  it("takes a binary event and delivers all its attributes and its data", async () => {
    const headers = {
      "ce-subject": "load/7",
      "ce-time": "2026-01-02T03:04:05.678Z",
      "ce-traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    };
    const body = '{"number": 7, "text": "文"}';
    const id = await publish({ type: "test.plain", headers, body });
    await untilCount("plain", 1);
    const [delivered] = all("plain");
    expect(delivered?.headers).toMatchObject({
      ...headers,
      "content-type": expect.stringContaining("application/json"),
      "ce-specversion": "1.0",
      "ce-id": id,
      "ce-source": "/test",
      "ce-type": "test.plain",
      prefer: "reply",
    });
    expect(JSON.parse(delivered?.body ?? "")).toEqual({ number: 7, text: "文" });
  });

  it("takes a structured event", async () => {
    const before = all("plain").length;
    const event = {
      specversion: "1.0",
      id: randomUUID(),
      source: "/test",
      type: "test.plain",
      subject: "load/8",
      data: { number: 8 },
    };
    const type = { "content-type": "application/cloudevents+json; charset=utf-8" };
    expect((await post(type, JSON.stringify(event))).status).toBe(202);
    await untilCount("plain", before + 1);
    const delivered = all("plain").at(-1);
    const isStructured = delivered?.headers["content-type"]?.includes("cloudevents") === true;
    const data = JSON.parse(delivered?.body ?? "");
    expect(isStructured ? data.data : data).toEqual({ number: 8 });
    expect(isStructured ? data.id : delivered?.headers["ce-id"]).toBe(event.id);
  });

  const valid = {
    "ce-specversion": "1.0",
    "ce-id": "1",
    "ce-source": "/t",
    "ce-type": "test.plain",
  };
  const without = (name: string) =>
    Object.fromEntries(Object.entries(valid).filter(([key]) => key !== name));
  const structured = { "content-type": "application/cloudevents+json" };
  it.each([
    { name: "no event at all", headers: {}, body: "{}" },
    { name: "no id", headers: without("ce-id"), body: "{}" },
    { name: "no source", headers: without("ce-source"), body: "{}" },
    { name: "no type", headers: without("ce-type"), body: "{}" },
    { name: "no specversion", headers: without("ce-specversion"), body: "{}" },
    { name: "an unknown specversion", headers: { ...valid, "ce-specversion": "7" }, body: "{}" },
    { name: "malformed structured JSON", headers: structured, body: "{" },
    { name: "a structured event without id", headers: structured, body: '{"type":"test.plain"}' },
  ])("refuses $name with 400 and delivers nothing", async ({ headers, body }) => {
    const before = all("plain").length;
    const response = await post({ "content-type": "application/json", ...headers }, body);
    expect(response.status).toBe(400);
    await untilIdle();
    expect(all("plain").length).toBe(before + 1);
  });

  it("refuses every verb but POST", async () => {
    expect((await fetch(broker.sink)).status).toBe(405);
    expect((await fetch(broker.sink, { method: "PUT", body: "{}" })).status).toBe(405);
  });

  it("takes events that nobody wants", async () => {
    await publish({ type: "test.unwanted" });
  });
});

describe("filtering", () => {
  it("delivers by type and source together", async () => {
    const wanted = await publish({ type: "test.sourced", source: "/test/a" });
    await publish({ type: "test.sourced", source: "/test/ab" });
    await publish({ type: "test.other", source: "/test/a" });
    await untilIdle();
    await untilCount("sourced", 1);
    expect(idsOf("sourced")).toEqual([wanted]);
  });

  it("takes any value for the empty one, but not its absence", async () => {
    await publish({ type: "test.extended" });
    const wanted = await publish({ type: "test.extended", headers: { "ce-region": "Beijing" } });
    await untilIdle();
    await untilCount("extended", 1);
    expect(idsOf("extended")).toEqual([wanted]);
  });

  it("delivers to every Trigger that wants the event", async () => {
    const id = await publish({ type: "test.shared" });
    await untilCount("first", 1);
    await untilCount("second", 1);
    expect([...idsOf("first"), ...idsOf("second")]).toEqual([id, id]);
  });

  it("delivers a duplicate again, under the same id", async () => {
    const before = all("first").length;
    const id = await publish({ type: "test.shared" });
    await publish({ type: "test.shared", id });
    await untilCount("first", before + 2);
    expect(idsOf("first").slice(before)).toEqual([id, id]);
  });
});

describe("retrying", () => {
  it("tries again after growing pauses until it is accepted", async () => {
    const statuses = [503, 429, 409, 202];
    broker.receivers.answer("flaky", (_, count) => ({ status: statuses[count - 1] ?? 202 }));
    await publish({ type: "test.flaky" });
    await untilCount("flaky", 4);
    const times = all("flaky").map(({ at }) => at);
    const pauses = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    // A busy machine makes pauses longer, but none may be shorter than said.
    for (const [index, wanted] of [100, 200, 400].entries())
      expect(pauses[index]).toBeGreaterThanOrEqual(wanted * 0.95);
    expect(pauses[2]).toBeGreaterThan((pauses[0] ?? 0) * 1.2);
  });

  it("does not hold up other events meanwhile", async () => {
    const good = await publish({ type: "test.plain" });
    broker.receivers.answer("flaky", () => ({ status: 503 }));
    await publish({ type: "test.flaky" });
    await expect.poll(() => idsOf("plain"), patience).toContain(good);
  });

  it.each([404, 408, 500, 504])("counts %i among what is worth another attempt", async (status) => {
    const before = all("failing").length;
    broker.receivers.answer("failing", () => ({ status }));
    const id = await publish({ type: "test.failing" });
    expect(await untilLetter("graveyard", id)).toMatchObject({
      "ce-knativeerrorcode": String(status),
    });
    expect(all("failing").length - before).toBe(2);
  });

  it.each([400, 401, 403, 405, 422])("takes %i for final", async (status) => {
    const before = all("refusing").length;
    broker.receivers.answer("refusing", () => ({ status }));
    const id = await publish({ type: "test.refusing" });
    expect(await untilLetter("graveyard", id)).toMatchObject({
      "ce-knativeerrorcode": String(status),
    });
    expect(all("refusing").length - before).toBe(1);
  });

  it("tries again when the receiver breaks off", async () => {
    broker.receivers.answer("breaking", () => undefined);
    const id = await publish({ type: "test.breaking" });
    expect(await untilLetter("graveyard", id)).toMatchObject({ "ce-knativeerrorcode": "500" });
    expect(all("breaking").length).toBe(2);
  });
});

describe("dead letters", () => {
  it("carry the event, where it failed, and what the receiver said", async () => {
    const problem = '{"type":"urn:tagenal:problem:unprocessable","detail":"文"}';
    const headers = { "content-type": "application/problem+json" };
    broker.receivers.answer("refusing", () => ({ status: 422, headers, body: problem }));
    const id = await publish({
      type: "test.refusing",
      headers: { "ce-subject": "load/9" },
      body: '{"number":9}',
    });
    const letter = await untilLetter("graveyard", id);
    expect(letter).toMatchObject({
      "ce-type": "test.refusing",
      "ce-source": "/test",
      "ce-subject": "load/9",
      "ce-knativeerrordest": expect.stringContaining("refusing"),
      "ce-knativeerrorcode": "422",
    });
    expect(decode(letter["ce-knativeerrordata"])).toBe(problem);
    expect(lettersOf("graveyard", id)[0]?.body).toBe('{"number":9}');
  });

  // Of a longer one Knative's channel dies; the edge of our functions keeps to it.
  it("hold an answer of up to 768 bytes whole", async () => {
    const body = "x".repeat(768);
    broker.receivers.answer("refusing", () => ({ status: 422, body }));
    const letter = await untilLetter("graveyard", await publish({ type: "test.refusing" }));
    expect(decode(letter["ce-knativeerrordata"])).toBe(body);
  });

  it("go to the Broker's sink where the Trigger names none, after the Broker's retries", async () => {
    broker.receivers.answer("forsaken", () => ({ status: 503 }));
    const id = await publish({ type: "test.forsaken" });
    await untilLetter("inherited", id);
    expect(all("forsaken").length).toBe(4);
  });

  it("are tried again themselves", async () => {
    broker.receivers.answer("refusing", () => ({ status: 400 }));
    const before = all("graveyard").length;
    broker.receivers.answer("graveyard", (_, count) => ({
      status: count === before + 1 ? 503 : 202,
    }));
    await publish({ type: "test.refusing" });
    await untilCount("graveyard", before + 2);
  });
});

describe("replies", () => {
  const reply: Answer = {
    status: 200,
    headers: {
      "content-type": "application/json",
      "ce-specversion": "1.0",
      "ce-id": "reply-1",
      "ce-source": "/test/asked",
      "ce-type": "test.answered",
    },
    body: '{"answer":42}',
  };

  it("are published like any other event", async () => {
    broker.receivers.answer("asking", () => reply);
    await publish({ type: "test.asking" });
    await untilCount("answered", 1);
    expect(all("answered")[0]?.body).toBe('{"answer":42}');
    expect(idsOf("answered")).toEqual(["reply-1"]);
  });

  it("count as failed when they are no event", async () => {
    broker.receivers.answer("babbling", () => ({ status: 200, body: "thank you" }));
    const id = await publish({ type: "test.babbling" });
    expect(await untilLetter("graveyard", id)).not.toHaveProperty("ce-knativeerrorcode");
    expect(all("babbling").length).toBe(2);
  });
});

describe("a crash", () => {
  it("loses at most what was under way; then the broker serves again", async () => {
    const gate = Promise.withResolvers<void>();
    broker.receivers.answer("slow", async () => {
      await gate.promise;
      return { status: 202 };
    });
    const published = await Promise.all(
      Array.from({ length: 200 }, () => publish({ type: "test.slow" })),
    );
    await expect.poll(() => all("slow").length, patience).toBeGreaterThan(0);
    await broker.crash();
    gate.resolve();
    const after = await publish({ type: "test.slow" });
    await expect.poll(() => idsOf("slow"), patience).toContain(after);
    for (const id of idsOf("slow")) expect([...published, after]).toContain(id);
    // Whoever emitted what was lost emits it again, under the same id: nothing is in its way.
    await Promise.all(published.map((id) => publish({ type: "test.slow", id })));
    const arrived = () => new Set(idsOf("slow")).size;
    await expect.poll(arrived, patience).toBe(published.length + 1);
  }, 300_000);
});
