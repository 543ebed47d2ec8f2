import { CloudEvent, HTTP } from "cloudevents";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { defineContract } from "#events/contract.ts";
import { defineEventFunction, onAnyEvent, onEvent, type Received } from "#shared/event-function.ts";
import { Problem } from "#shared/problem.ts";
import { currentTrace } from "#shared/trace-context.ts";
import { serveFunction } from "./edge.ts";

process.env["LOG_LEVEL"] = "silent";
const rowAdded = defineContract("row.added", z.object({ number: z.int() }));
const received: (Received<unknown> & { trace: string | undefined })[] = [];
const keep = async (event: Received<unknown>): Promise<void> => {
  received.push({ ...event, trace: currentTrace()?.traceId });
};
const faults: Record<number, Error> = {
  404: new Problem("not-found", "no such load"),
  409: new Problem("conflict", "another has the lease"),
  503: new Problem("unavailable", "no vtgate"),
  500: new Error("secret inside"),
  422: new Problem("unprocessable", `a "long" story: ${"文".repeat(5_000)}`, {
    field: "x".repeat(500),
    extra: { reasons: ["y".repeat(5_000)] },
  }),
};
defineEventFunction("count-rows", [
  onEvent(rowAdded, async (event) => {
    const fault = faults[event.data.number];
    if (fault !== undefined) throw fault;
    await keep(event);
  }),
]);
defineEventFunction("keep-all", [onAnyEvent(keep)]);

let server: Awaited<ReturnType<typeof serveFunction>>;
let keeper: typeof server;
beforeAll(async () => {
  server = await serveFunction("count-rows");
  keeper = await serveFunction("keep-all");
});
afterAll(async () => {
  await server.stop();
  await keeper.stop();
});
beforeEach(() => {
  received.length = 0;
});

const traceId = "0af7651916cd43dd8448eb211c80319c";
const event = (data: unknown, more: Record<string, unknown> = {}) =>
  new CloudEvent({
    id: "1",
    source: "/test",
    type: rowAdded.type,
    subject: "load/1",
    datacontenttype: "application/json",
    traceparent: `00-${traceId}-b7ad6b7169203331-01`,
    data,
    ...more,
  });
const post = (headers: Record<string, unknown>, body: unknown, url = server.url) =>
  fetch(url, {
    method: "POST",
    headers: headers as Record<string, string>,
    body: body as string | Buffer,
  });
const deliver = (mode: "binary" | "structured", data: unknown) => {
  const { headers, body } = HTTP[mode](event(data));
  return post(headers, body);
};
const json = { "content-type": "application/json" };
const binary = {
  "ce-specversion": "1.0",
  "ce-id": "1",
  "ce-source": "/t",
  "ce-type": rowAdded.type,
};

describe("defineEventFunction", () => {
  it.each(["binary", "structured"] as const)("takes a %s event, in its trace", async (mode) => {
    expect((await deliver(mode, { number: 7 })).status).toBe(202);
    expect(received).toMatchObject([
      { id: "1", source: "/test", type: rowAdded.type, subject: "load/1", data: { number: 7 } },
    ]);
    expect(received[0]?.trace).toBe(traceId);
  });

  it("takes structured events however their content type is spelled", async () => {
    const headers = { "content-type": "application/cloudevents+json;charset=UTF-8" };
    expect((await post(headers, JSON.stringify(event({ number: 7 })))).status).toBe(202);
  });

  it.each([
    { data: 404, status: 422 },
    { data: 409, status: 409 },
    { data: 503, status: 503 },
    { data: 500, status: 500 },
  ])("answers a handler's $data with $status", async ({ data, status }) => {
    const response = await deliver("binary", { number: data });
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.text()).not.toContain("secret inside");
  });

  it("says what is wrong in no more than Knative's channel survives", async () => {
    const response = await deliver("binary", { number: 422 });
    expect(response.status).toBe(422);
    const body = await response.text();
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(768);
    expect(JSON.parse(body)).toMatchObject({
      type: "urn:tagenal:problem:unprocessable",
      detail: expect.stringMatching(/^a "long" story: 文+…$/),
    });
  });

  it("refuses data that its contract refuses, naming the field", async () => {
    const response = await deliver("structured", { number: "seven" });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ field: "number" });
  });

  it("refuses an unknown type", async () => {
    const headers = { ...json, ...binary, "ce-type": "dev.tagenal.row.unheard-of.v1" };
    expect((await post(headers, "{}")).status).toBe(422);
  });

  const structured = { "content-type": "application/cloudevents+json" };
  it.each([
    { name: "no event", headers: json, body: "{}" },
    { name: "malformed JSON", headers: { ...json, ...binary }, body: "{" },
    { name: "malformed structured JSON", headers: structured, body: "{" },
    { name: "an array", headers: structured, body: "[]" },
    { name: "no id", headers: structured, body: '{"specversion":"1.0","source":"/t","type":"t"}' },
    { name: "no source", headers: { ...json, ...binary, "ce-source": "" }, body: "{}" },
    { name: "another specversion", headers: { ...binary, "ce-specversion": "0.3" }, body: "{}" },
    { name: "an unreadable time", headers: { ...binary, "ce-time": "noon" }, body: "{}" },
    {
      name: "a source that is no URI reference",
      headers: { ...json, ...binary, "ce-source": "a b" },
      body: "{}",
    },
    {
      name: "a batch",
      headers: { "content-type": "application/cloudevents-batch+json" },
      body: "[]",
    },
  ])("refuses $name with 400", async ({ headers, body }) => {
    const response = await post(headers, body);
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(received).toEqual([]);
  });

  it("answers another verb with 405", async () => {
    const response = await fetch(server.url);
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST");
  });

  it("hands over extensions, decoded text and bytes to a handler of any type", async () => {
    const headers = { ...binary, "ce-subject": "%E6%96%87 100%", "ce-knativeerrorcode": "503" };
    const body = Buffer.from([0, 255]);
    const type = { "content-type": "application/octet-stream" };
    expect((await post({ ...headers, ...type }, body, keeper.url)).status).toBe(202);
    expect(received).toMatchObject([
      { subject: "%E6%96%87 100%", extensions: { knativeerrorcode: "503" }, data: body },
    ]);
    await post({ ...headers, ...type, "ce-subject": "%E6%96%87" }, body, keeper.url);
    expect(received[1]?.subject).toBe("文");
  });

  it("hands over the bytes of data_base64", async () => {
    const body = { specversion: "1.0", id: "1", source: "/t", type: "t", data_base64: "AP8=" };
    await post(structured, JSON.stringify(body), keeper.url);
    expect(received).toMatchObject([{ data: Buffer.from([0, 255]) }]);
  });
});
