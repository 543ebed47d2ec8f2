/**
 * What watches the cluster, for its pages: alerts, charts of a fixed list, traces. On a cluster
 * that nobody watches each answer says so (isWatched) instead of failing.
 */
import type { z } from "zod";
import type { Route, RouteRequest } from "#shared/http-function.ts";
import { type Span, toSpans, toTree, traceAnswer } from "#shared/jaeger.ts";
import { Problem } from "#shared/problem.ts";
import { parseChoice, readParams } from "#shared/query-params.ts";
import type { Reply } from "#shared/respond.ts";
import { type Chart, chartNames, charts, spans, toExpr, toLegend, toRange } from "./charts.ts";
import { askJson, firingAlerts, matrix, pendingAlerts } from "./watchers.ts";

export interface ShowMonitoringDeps {
  readonly prometheus: string | undefined;
  readonly alertmanager: string | undefined;
  readonly jaeger: string | undefined;
  readonly now?: () => number;
}

const SPAN = "60";
const MOST_TRACES = 20;
/** Who writes the spans by which an operation is found. */
const SERVICES = ["run-operations", "entry"];
const severities = ["page", "critical", "warning"];

export interface Alert {
  readonly name: string;
  readonly state: "firing" | "silenced" | "pending";
  readonly severity: string;
  readonly since: string;
  readonly summary: string;
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
}

type Found = Pick<z.infer<typeof firingAlerts>[number], "labels" | "annotations">;

const toAlert = ({ labels, annotations }: Found, state: Alert["state"], since: string): Alert => {
  const { alertname = "", severity = "", ...rest } = labels;
  return {
    ...{ name: alertname, state, severity, since, labels: rest },
    summary: annotations["summary"] ?? "",
    description: annotations["description"] ?? "",
  };
};

const stateOrder: readonly string[] = ["firing", "pending", "silenced"];
const byUrgency = (one: Alert, other: Alert): number =>
  stateOrder.indexOf(one.state) - stateOrder.indexOf(other.state) ||
  severities.indexOf(one.severity) - severities.indexOf(other.severity) ||
  one.since.localeCompare(other.since);

const readAlerts = async (prometheus: string, alertmanager: string): Promise<Alert[]> => {
  const [firing, known] = await Promise.all([
    askJson("Alertmanager", new URL("/api/v2/alerts", alertmanager), firingAlerts),
    askJson("Prometheus", new URL("/api/v1/alerts", prometheus), pendingAlerts),
  ]);
  return [
    ...firing.map((one) =>
      toAlert(one, one.status.state === "suppressed" ? "silenced" : "firing", one.startsAt),
    ),
    ...known.data.alerts
      .filter(({ state }) => state === "pending")
      .map((one) => toAlert(one, "pending", one.activeAt)),
  ].sort(byUrgency);
};

interface Line {
  readonly label: string;
  /** One for each time; null where there is none. */
  readonly values: readonly (number | null)[];
}

interface Drawn {
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
}

const readChart = async (
  prometheus: string,
  chart: Chart,
  range: ReturnType<typeof toRange>,
): Promise<Drawn> => {
  const { start, end, step } = range;
  const address = new URL("/api/v1/query_range", prometheus);
  for (const [name, value] of Object.entries({ query: toExpr(chart, range), start, end, step }))
    address.searchParams.set(name, String(value));
  const { data } = await askJson("Prometheus", address, matrix);
  const times = Array.from(
    { length: Math.round((end - start) / step) + 1 },
    (_, index) => start + index * step,
  );
  const lines = data.result.map(({ metric, values }) => {
    const known = new Map(values.map(([at, value]) => [at, Number(value)]));
    const valueAt = (at: number): number | null => {
      const value = known.get(at);
      return value === undefined || !Number.isFinite(value) ? null : value;
    };
    return { label: toLegend(chart, metric), values: times.map(valueAt) };
  });
  return { times, lines: lines.sort((one, other) => one.label.localeCompare(other.label)) };
};

const TRACE_ID = /^[0-9a-f]{32}$/;

const readTrace = async (jaeger: string, id: string): Promise<Span[]> =>
  toSpans(await askJson("Jaeger", new URL(`/api/traces/${id}`, jaeger), traceAnswer));

const ms = (microseconds: number): number => Math.round(microseconds / 10) / 100;

const toSpanView = (spans: readonly Span[]) => {
  const first = Math.min(...spans.map(({ start }) => start));
  return toTree(spans).map(({ depth, span }) => ({
    depth,
    service: span.service,
    name: span.name,
    startMilliseconds: ms(span.start - first),
    milliseconds: ms(span.microseconds),
    isError: span.tags["error"] === true,
  }));
};

/** Of each trace its first span, and how long all of it took. */
const toTraceItem = (spans: readonly Span[], id: string) => {
  const start = Math.min(...spans.map((span) => span.start));
  const end = Math.max(...spans.map((span) => span.start + span.microseconds));
  const root = spans.find((span) => span.start === start);
  return {
    id,
    at: new Date(start / 1_000).toISOString(),
    name: `${root?.service}: ${root?.name}`,
    spans: spans.length,
    milliseconds: ms(end - start),
  };
};

const findTraces = async (jaeger: string, operation: string) => {
  const answers = await Promise.all(
    SERVICES.map((service) => {
      const address = new URL("/api/traces", jaeger);
      address.searchParams.set("service", service);
      address.searchParams.set("tags", JSON.stringify({ "tagenal.operation.id": operation }));
      address.searchParams.set("limit", String(MOST_TRACES));
      return askJson("Jaeger", address, traceAnswer);
    }),
  );
  const found = new Map<string, readonly Span[]>();
  for (const { data } of answers)
    for (const trace of data ?? []) found.set(trace.traceID, toSpans({ data: [trace] }));
  return [...found]
    .filter(([, spans]) => spans.length > 0)
    .map(([id, spans]) => toTraceItem(spans, id))
    .sort((one, other) => other.at.localeCompare(one.at));
};

const toReply = (body: object): Reply => ({
  status: 200,
  body,
  headers: { "cache-control": "no-store" },
});

export const createShowMonitoring = (deps: ShowMonitoringDeps): readonly Route[] => {
  const { now = Date.now } = deps;

  const listAlerts = async ({ query }: RouteRequest): Promise<Reply> => {
    readParams(query, []);
    const { prometheus, alertmanager } = deps;
    const isWatched = prometheus !== undefined && alertmanager !== undefined;
    return toReply({
      isWatched,
      items: isWatched ? await readAlerts(prometheus, alertmanager) : [],
      next: null,
    });
  };

  const listCharts = async ({ query }: RouteRequest): Promise<Reply> => {
    readParams(query, []);
    const items = chartNames.map((name) => {
      const { title, unit } = charts[name];
      return { name, title, unit };
    });
    return toReply({ isWatched: deps.prometheus !== undefined, items, next: null });
  };

  const showChart = async ({ params, query }: RouteRequest): Promise<Reply> => {
    const name = params["name"] ?? "";
    const known = chartNames.find((one) => one === name);
    if (known === undefined)
      throw new Problem("not-found", `there is no chart ${name.slice(0, 60)}`);
    const { minutes = SPAN } = readParams(query, ["minutes"]);
    parseChoice("minutes", minutes, spans);
    const chart: Chart = charts[known];
    const { title, unit } = chart;
    const { prometheus } = deps;
    const range = toRange(Number(minutes), now());
    const drawn =
      prometheus === undefined
        ? { times: [], lines: [] }
        : await readChart(prometheus, chart, range);
    return toReply({ isWatched: prometheus !== undefined, name, title, unit, ...drawn });
  };

  const showTrace = async ({ params, query }: RouteRequest): Promise<Reply> => {
    readParams(query, []);
    const id = params["id"] ?? "";
    if (!TRACE_ID.test(id)) throw new Problem("not-found", `there is no trace ${id.slice(0, 60)}`);
    const { jaeger } = deps;
    const found = jaeger === undefined ? [] : await readTrace(jaeger, id);
    return toReply({ isWatched: jaeger !== undefined, id, spans: toSpanView(found) });
  };

  const listTraces = async ({ query }: RouteRequest): Promise<Reply> => {
    const { operation } = readParams(query, ["operation"]);
    if (operation === undefined)
      throw new Problem("invalid-request", "operation is needed", { field: "operation" });
    const { jaeger } = deps;
    const items = jaeger === undefined ? [] : await findTraces(jaeger, operation);
    return toReply({ isWatched: jaeger !== undefined, items, next: null });
  };

  return [
    { method: "GET", path: "/v1/alerts", handle: listAlerts },
    { method: "GET", path: "/v1/charts", handle: listCharts },
    { method: "GET", path: "/v1/charts/:name", handle: showChart },
    { method: "GET", path: "/v1/traces", handle: listTraces },
    { method: "GET", path: "/v1/traces/:id", handle: showTrace },
  ];
};
