import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  chartNames,
  charts,
  toExpr,
  toLegend,
  toRange,
} from "#functions/show-monitoring/charts.ts";
import { createShowMonitoring } from "#functions/show-monitoring/show-monitoring.ts";
import type { RouteRequest } from "#shared/http-function.ts";

/** Answers as Prometheus, Alertmanager and Jaeger do. */
const NOW = 1_700_000_000_000;
const END = 1_700_000_000 - (1_700_000_000 % 20);
let server: Server;
let url: string;
const asked: URL[] = [];

const labels = { alertname: "ServerDown", severity: "critical", tablet: "beijing-101" };
const annotations = { summary: "beijing-101 does not answer" };
const span = (spanID: string, startTime: number, references: { spanID: string }[]) => ({
  ...{ spanID, startTime, references, operationName: spanID, processID: "p1" },
  ...{ duration: 2_000, tags: [{ key: "error", value: spanID === "b" }] },
});
const trace = {
  traceID: "1".repeat(32),
  spans: [span("a", 1_000_000, []), span("b", 1_001_500, [{ spanID: "a" }])],
  processes: { p1: { serviceName: "entry" } },
};
const answers: Readonly<Record<string, unknown>> = {
  "/api/v2/alerts": [
    { labels, annotations, startsAt: "2026-01-01T00:00:00Z", status: { state: "active" } },
    {
      ...{ labels: { ...labels, alertname: "CacheDown" }, annotations },
      ...{ startsAt: "2026-01-01T00:00:00Z", status: { state: "suppressed" } },
    },
  ],
  "/api/v1/alerts": {
    data: {
      alerts: [
        { state: "firing", activeAt: "2026-01-01T00:00:00Z", labels, annotations },
        {
          ...{ state: "pending", activeAt: "2026-01-01T00:01:00Z", annotations: {} },
          labels: { alertname: "QueueStuck" },
        },
      ],
    },
  },
  "/api/v1/query_range": {
    data: {
      result: [
        {
          metric: { tablet: "b" },
          values: [
            [END - 20, "1.5"],
            [END, "NaN"],
          ],
        },
        { metric: { tablet: "a" }, values: [[END, "2"]] },
      ],
    },
  },
  [`/api/traces/${"1".repeat(32)}`]: { data: [trace] },
  "/api/traces": { data: [trace] },
};

beforeAll(async () => {
  server = createServer(({ url: path = "/" }, response) => {
    const address = new URL(path, "http://watchers");
    asked.push(address);
    const answer = answers[address.pathname];
    response.statusCode = answer === undefined ? 500 : 200;
    response.end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const get = async (path: string, params: Record<string, string> = {}, isWatched = true) => {
  const [pathname, query] = path.split("?");
  const address = isWatched ? url : undefined;
  const routes = createShowMonitoring({
    ...{ prometheus: address, alertmanager: address, jaeger: address, now: () => NOW },
  });
  const route = routes.find((one) => one.path === pathname);
  if (route === undefined) throw new Error(`no route ${path}`);
  const request = { params, query: new URLSearchParams(query) } as unknown as RouteRequest;
  return (await route.handle(request)).body as Record<string, never>;
};

describe("show-monitoring", () => {
  it("lists what fires, is about to, or is silenced, the most urgent first", async () => {
    const { isWatched, items } = await get("/v1/alerts");
    expect(isWatched).toBe(true);
    expect(items).toMatchObject([
      { name: "ServerDown", state: "firing", labels: { tablet: "beijing-101" }, ...annotations },
      { name: "QueueStuck", state: "pending" },
      { name: "CacheDown", state: "silenced" },
    ]);
  });

  it("answers a chart's lines at the same times, with nothing where nothing was", async () => {
    const { times, lines } = await get("/v1/charts/:name?minutes=60", { name: "lag" });
    expect(times).toHaveLength(181);
    const ends = (lines as unknown as { label: string; values: unknown[] }[]).map(
      ({ label, values }) => [...[label, ...values.slice(-2)]],
    );
    expect(ends).toEqual([
      ["a", null, 2],
      ["b", 1.5, null],
    ]);
    const { searchParams } = asked.findLast(({ pathname }) => pathname.endsWith("range")) as URL;
    expect(searchParams.get("query")).toBe(charts.lag.expr);
  });

  it("asks nothing but its own queries", async () => {
    const before = asked.length;
    await expect(get("/v1/charts/:name", { name: "up" })).rejects.toMatchObject({ status: 404 });
    await expect(get("/v1/charts/:name", { name: "toString" })).rejects.toMatchObject({
      status: 404,
    });
    await expect(get("/v1/charts/:name?minutes=7", { name: "lag" })).rejects.toMatchObject({
      ...{ status: 400, field: "minutes" },
    });
    await expect(get("/v1/charts/:name?query=up", { name: "lag" })).rejects.toMatchObject({
      ...{ status: 400, field: "query" },
    });
    await expect(get("/v1/traces/:id", { id: "../../x" })).rejects.toMatchObject({ status: 404 });
    expect(asked).toHaveLength(before);
  });

  it("shows a trace as a tree, and finds those of an operation", async () => {
    const { spans } = await get("/v1/traces/:id", { id: "1".repeat(32) });
    expect(spans).toMatchObject([
      { depth: 0, service: "entry", startMilliseconds: 0, milliseconds: 2, isError: false },
      { depth: 1, startMilliseconds: 1.5, isError: true },
    ]);
    const { items } = await get("/v1/traces?operation=42");
    expect(items).toMatchObject([
      { id: "1".repeat(32), name: "entry: a", spans: 2, milliseconds: 3.5 },
    ]);
    const { searchParams } = asked.at(-1) as URL;
    expect(searchParams.get("tags")).toBe('{"tagenal.operation.id":"42"}');
    await expect(get("/v1/traces")).rejects.toMatchObject({ status: 400, field: "operation" });
  });

  it.each([
    ["/v1/alerts", {}],
    ["/v1/charts", {}],
    ["/v1/charts/:name", { name: "lag" }],
    ["/v1/traces?operation=1", {}],
    ["/v1/traces/:id", { id: "1".repeat(32) }],
  ])("says of %s that nobody watches where nobody does", async (path, params) => {
    expect(await get(path, params, false)).toMatchObject({ isWatched: false });
  });

  it("says who does not answer", async () => {
    const id = "2".repeat(32);
    await expect(get("/v1/traces/:id", { id })).rejects.toThrow("Jaeger answers 500");
  });
});

describe("the charts", () => {
  it.each(chartNames)("%s has a query without gaps, and names its lines", (name) => {
    const expr = toExpr(charts[name], toRange(60, NOW));
    expect(expr).not.toContain("$");
    expect(expr.split("(").length).toBe(expr.split(")").length);
    expect(toLegend(charts[name], {})).toBe(charts[name].title);
  });

  it("end at whole steps, with some 180 of them", () => {
    expect(toRange(15, NOW).step).toBe(15);
    expect(toRange(1_440, NOW)).toMatchObject({ step: 480 });
    expect(toRange(60, NOW).end % toRange(60, NOW).step).toBe(0);
  });
});
