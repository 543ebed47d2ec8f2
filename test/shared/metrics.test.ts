import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defineHttpFunction } from "#shared/http-function.ts";
import { defineCounter, defineDurations, defineGauge } from "#shared/metrics.ts";
import { Problem } from "#shared/problem.ts";
import { startTelemetry } from "#shared/telemetry.ts";
import { serveFunction } from "./edge.ts";

process.env["LOG_LEVEL"] = "silent";
const folder = await mkdtemp(join(tmpdir(), "tagenal-metrics-"));
const socketPath = join(folder, "function.metrics");
process.env["METRICS_PORT"] = socketPath;
const durations = defineDurations("test_duration_seconds", 'How "long" \\ it\ntook.');
const counter = defineCounter("test_total", "So many.");
const gauge = defineGauge("test_things", "Things there are.");

// Counted nowhere: nobody has asked for metrics yet.
counter({ kind: "early" });
defineHttpFunction("query-things", [
  {
    method: "GET",
    path: "/v1/things/:id",
    handle: async ({ params }) => {
      if (params["id"] === "none") throw new Problem("not-found", "no thing none");
      return {
        status: 200,
        body: {},
        headers: { "cache-status": params["id"] === "1" ? "x; hit; ttl=3" : "x; fwd=miss; stored" },
      };
    },
  },
]);

let server: Awaited<ReturnType<typeof serveFunction>>;
beforeAll(async () => {
  await startTelemetry("query-things");
  server = await serveFunction("query-things");
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

const scrape = (): Promise<{ type: string | undefined; lines: string[] }> =>
  new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: "/metrics" }, async (response) => {
      const lines = (await text(response)).trimEnd().split("\n");
      resolve({ type: response.headers["content-type"], lines });
    });
    asked.once("error", reject).end();
  });

describe("metrics", () => {
  it("are told as Prometheus reads them, with the function's name", async () => {
    durations(0.02, { step: 'a "b"\\\n' });
    durations(200, { step: 'a "b"\\\n' });
    counter({ kind: "x" });
    counter({ kind: "x" }, 4);
    const { type, lines } = await scrape();
    expect(type).toBe("text/plain; version=0.0.4; charset=utf-8");
    const labels = 'function="query-things",step="a \\"b\\"\\\\\\n"';
    expect(lines).toEqual(
      expect.arrayContaining([
        '# HELP test_duration_seconds How "long" \\\\ it\\ntook.',
        "# TYPE test_duration_seconds histogram",
        `test_duration_seconds_bucket{${labels},le="0.01"} 0`,
        `test_duration_seconds_bucket{${labels},le="0.025"} 1`,
        `test_duration_seconds_bucket{${labels},le="60"} 1`,
        `test_duration_seconds_bucket{${labels},le="+Inf"} 2`,
        `test_duration_seconds_sum{${labels}} 200.02`,
        `test_duration_seconds_count{${labels}} 2`,
        "# TYPE test_total counter",
        'test_total{function="query-things",kind="x"} 5',
        "# TYPE process_resident_memory_bytes gauge",
        "# TYPE process_cpu_seconds_total counter",
      ]),
    );
    expect(lines.join()).not.toContain("early");
  });

  it("forget no value of a gauge that is not there any more: it is 0", async () => {
    gauge([
      { labels: { kind: "load" }, value: 3 },
      { labels: { kind: "rank" }, value: 1 },
    ]);
    gauge([{ labels: { kind: "rank" }, value: 2 }]);
    const { lines } = await scrape();
    expect(lines.filter((line) => line.startsWith("test_things"))).toEqual([
      'test_things{function="query-things",kind="load"} 0',
      'test_things{function="query-things",kind="rank"} 2',
    ]);
  });

  it("count requests by route, whatever is asked for, and what comes out of the cache", async () => {
    for (const path of ["/v1/things/1", "/v1/things/2", "/v1/things/none", "/v1/nothing"])
      await (await fetch(server.url + path)).text();
    const { lines } = await scrape();
    const counts = lines.filter((line) => /^tagenal_(request_\S+_count|cache)/.test(line));
    const route = 'route="/v1/things/:id"';
    expect(counts.sort()).toEqual([
      'tagenal_cache_requests_total{function="query-things",outcome="hit"} 1',
      'tagenal_cache_requests_total{function="query-things",outcome="miss"} 1',
      `tagenal_request_duration_seconds_count{function="query-things",method="GET",${route},status="200"} 2`,
      `tagenal_request_duration_seconds_count{function="query-things",method="GET",${route},status="404"} 1`,
      'tagenal_request_duration_seconds_count{function="query-things",method="GET",route="unknown",status="404"} 1',
    ]);
  });
});
