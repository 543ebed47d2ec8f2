import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toSqlSpan, tracedSql, verbOf } from "#shared/sql-trace.ts";
import { startTelemetry } from "#shared/telemetry.ts";
import {
  currentTrace,
  inPart,
  inSpan,
  outsideTrace,
  parentOf,
  traceHeaders,
} from "#shared/trace-context.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const sampled = parentOf(`00-${TRACE}-b7ad6b7169203331-01`, "a=1");
const unsampled = parentOf(`00-${TRACE}-b7ad6b7169203331-00`);
let received = "";
const collector = createServer(async (request, response) => {
  received += `${request.url} ${(await buffer(request)).toString("latin1")}`;
  response.end();
});

beforeAll(async () => {
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  const { port } = collector.address() as AddressInfo;
  process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = `http://127.0.0.1:${port}/`;
  process.env["OTEL_TRACES_SAMPLER_ARG"] = "0";
  await startTelemetry("test-service");
});
afterAll(() => {
  collector.closeAllConnections();
  collector.close();
});

const untilReceived = async (text: string): Promise<void> => {
  for (let time = 0; time < 100 && !received.includes(text); time += 1) await sleep(50);
};

/** As vtgate reads it. */
const readComment = (sql: string): Record<string, string> => {
  const [, base64 = ""] = /^\/\*VT_SPAN_CONTEXT=(.*)\*\/ select 1$/.exec(sql) ?? [];
  return JSON.parse(Buffer.from(base64, "base64").toString());
};

describe("spans", () => {
  it("go to the collector, with their parts, where the caller's trace is sampled", async () => {
    await inSpan({ name: "the whole", parent: sampled }, () =>
      inPart(
        () => ({ name: "a part" }),
        () => Promise.resolve(),
      ),
    );
    await untilReceived("a part");
    expect(received).toContain("/v1/traces");
    expect(received).toContain("test-service");
    expect(received).toContain("the whole");
    expect(received).toContain("a part");
  });

  it("are not made where the caller's trace is not sampled, nor without one at ratio 0", async () => {
    for (const parent of [unsampled, parentOf()])
      await inSpan({ name: "unseen", parent }, () =>
        inPart(
          () => expect.unreachable("described though it is not recorded"),
          () => Promise.resolve(),
        ),
      );
    await inSpan({ name: "the last", parent: sampled }, () => Promise.resolve());
    await untilReceived("the last");
    expect(received).not.toContain("unseen");
  });

  it("tell the kind of an error and not its text", async () => {
    const failing = inSpan({ name: "failing", parent: sampled }, () =>
      Promise.reject(Object.assign(new Error("her secret"), { code: "ECONNRESET" })),
    );
    await expect(failing).rejects.toThrow("her secret");
    await untilReceived("ECONNRESET");
    expect(received).toContain("ECONNRESET");
    expect(received).not.toContain("her secret");
  });
});

describe("trace context", () => {
  it("goes on to others with the span that is running, state included", async () => {
    await inSpan({ name: "whole", parent: sampled }, async (span) => {
      const { spanId } = span.spanContext();
      expect(spanId).not.toBe("b7ad6b7169203331");
      expect(traceHeaders()).toEqual({
        traceparent: `00-${TRACE}-${spanId}-01`,
        tracestate: "a=1",
      });
    });
  });

  it("is a new one where there is none", async () => {
    const ids = [parentOf(), parentOf("00-zz-b7ad6b7169203331-01"), parentOf(7)].map((parent) =>
      inSpan({ name: "whole", parent }, async () => currentTrace()?.traceId),
    );
    const found = await Promise.all(ids);
    expect(new Set(found).size).toBe(3);
    for (const id of found) expect(id).toMatch(/^[0-9a-f]{32}$/);
  });

  it("is left behind by what begins a trace of its own", async () => {
    await inSpan({ name: "whole", parent: sampled }, async () => {
      expect(outsideTrace(traceHeaders)).toEqual({});
    });
  });
});

describe("a statement", () => {
  it("carries the context to vtgate in a comment, where the trace is recorded", async () => {
    expect(tracedSql("select 1")).toBe("select 1");
    await inSpan({ name: "u", parent: unsampled }, async () =>
      expect(tracedSql("select 1")).toBe("select 1"),
    );
    await inSpan({ name: "s", parent: sampled }, async () =>
      expect(readComment(tracedSql("select 1"))).toEqual(traceHeaders()),
    );
  });

  it.each([
    { sql: "select * from `user` where name = 'Li'", name: "select user", verb: "select" },
    { sql: "insert ignore into read_home values ('x')", name: "insert read_home", verb: "insert" },
    { sql: "(select uid from user) union (select 1)", name: "select user", verb: "select" },
    { sql: "/*vt+ X */ update article set title = 'y'", name: "update article", verb: "update" },
    { sql: "commit", name: "commit", verb: "commit" },
    { sql: "'", name: "other", verb: "other" },
  ])("is known as $name", ({ sql, name, verb }) => {
    expect(verbOf(sql)).toBe(verb);
    const span = toSqlSpan(sql, "tagenal");
    expect(span).toMatchObject({ name, attributes: { "db.namespace": "tagenal" } });
    expect(JSON.stringify(span)).not.toMatch(/Li|'x'|'y'/);
  });
});
