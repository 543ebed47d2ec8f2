import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { defineContract } from "#events/contract.ts";
import { createEmit, createSend, toStoredEvent } from "#shared/emit.ts";
import { currentTrace, inSpan } from "#shared/trace-context.ts";

const rowAdded = defineContract("row.added", z.object({ number: z.int() }));
const received: { headers: IncomingHttpHeaders; body: string }[] = [];
let status = 202;
const broker = createServer(async (request, response) => {
  received.push({ headers: request.headers, body: await text(request) });
  response.writeHead(status).end();
});
let sink: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => broker.listen(0, "127.0.0.1", resolve));
  sink = `http://127.0.0.1:${(broker.address() as AddressInfo).port}/tagenal/default`;
});
afterAll(() => {
  broker.closeAllConnections();
  broker.close();
});
beforeEach(() => {
  status = 202;
  received.length = 0;
});

describe("emit", () => {
  it("posts a binary event that carries the trace", async () => {
    const emit = createEmit(sink, "/functions/test");
    let traceId: string | undefined;
    await inSpan({ name: "test" }, async () => {
      traceId = currentTrace()?.traceId;
      await emit(rowAdded, { id: "7", subject: "文", data: { number: 1 } });
    });
    expect(received).toMatchObject([
      {
        headers: {
          "content-type": "application/json",
          "ce-specversion": "1.0",
          "ce-id": "7",
          "ce-source": "/functions/test",
          "ce-type": "dev.tagenal.row.added.v1",
          "ce-subject": "%E6%96%87",
          "ce-traceparent": expect.stringContaining(`00-${traceId}-`),
        },
        body: '{"number":1}',
      },
    ]);
  });

  it("sends an event out of the outbox as it was stored", async () => {
    const stored = toStoredEvent("/test", rowAdded, { subject: "s", data: { number: 2 } });
    await createSend(sink)(JSON.parse(JSON.stringify(stored)));
    expect(received[0]?.headers).toMatchObject({ "ce-id": stored.id, "ce-time": stored.time });
    expect(received[0]?.body).toBe('{"number":2}');
  });

  it("throws what its contract refuses, before anything is sent", async () => {
    const emit = createEmit(sink, "/test");
    const data = { number: 1.5 };
    await expect(async () => emit(rowAdded, { subject: "s", data })).rejects.toThrow("number");
    expect(received).toEqual([]);
  });

  it.each([400, 429, 503])("is unavailable while the broker answers %i", async (answer) => {
    status = answer;
    const sent = createEmit(sink, "/test")(rowAdded, { subject: "s", data: { number: 1 } });
    await expect(sent).rejects.toMatchObject({ code: "unavailable", status: 503 });
  });

  it("is unavailable while there is no broker", async () => {
    const emit = createEmit("http://127.0.0.1:1/", "/test");
    await expect(emit(rowAdded, { subject: "s", data: { number: 1 } })).rejects.toMatchObject({
      code: "unavailable",
      cause: expect.any(Error),
    });
  });
});
