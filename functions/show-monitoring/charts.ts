/**
 * The queries that may be asked of Prometheus, each by its name: nobody outside writes one. Those of
 * the dashboards are in infra/monitoring/panels.ts. Pure.
 */

export interface Chart {
  readonly title: string;
  readonly unit: "per second" | "seconds" | "bytes" | "percent" | "rows" | "share";
  /** `$rate` stands for the time over which a rate is taken. */
  readonly expr: string;
  /** How a line is called, with labels in braces. */
  readonly legend: string;
}

const p99 = (metric: string, by: string): string =>
  `histogram_quantile(0.99, sum by (le, ${by}) (rate(${metric}_bucket[$rate])))`;

export const charts = {
  queries: {
    title: "Queries of the servers",
    unit: "per second",
    expr: "sum by (tablet) (rate(vttablet_queries_count[$rate]))",
    legend: "{tablet}",
  },
  "query-time": {
    title: "What 99 of 100 queries took at most",
    unit: "seconds",
    expr: p99("vttablet_queries", "tablet"),
    legend: "{tablet}",
  },
  requests: {
    title: "Requests, as callers see them",
    unit: "per second",
    expr: "sum by (function) (rate(tagenal_entry_request_duration_seconds_count[$rate]))",
    legend: "{function}",
  },
  "request-time": {
    title: "What 99 of 100 requests took at most",
    unit: "seconds",
    expr: p99("tagenal_entry_request_duration_seconds", "function"),
    legend: "{function}",
  },
  failures: {
    title: "Requests that failed here (5xx)",
    unit: "per second",
    expr: 'sum by (function) (rate(tagenal_entry_request_duration_seconds_count{status=~"5.."}[$rate])) or vector(0)',
    legend: "{function}",
  },
  lag: {
    title: "Behind the primary",
    unit: "seconds",
    expr: "max by (tablet) (tagenal_tablet_lag_seconds)",
    legend: "{tablet}",
  },
  streams: {
    // One that has not begun is behind by all the time that there is.
    title: "Derived tables behind",
    unit: "seconds",
    expr: "max by (workflow, shard) (vttablet_v_replication_lag_seconds < 1e9)",
    legend: "{workflow} {shard}",
  },
  loaded: {
    title: "Rows loaded",
    unit: "per second",
    expr: "sum by (table) (rate(tagenal_loaded_rows_total[$rate])) or vector(0)",
    legend: "{table}",
  },
  cache: {
    title: "Answers from the cache",
    unit: "share",
    expr:
      'sum by (function) (rate(tagenal_cache_requests_total{outcome="hit"}[$rate])) / ' +
      "sum by (function) (rate(tagenal_cache_requests_total[$rate]))",
    legend: "{function}",
  },
  processor: {
    title: "Processor, of one core",
    unit: "percent",
    expr: "max by (tablet) (tagenal_tablet_cpu_percent)",
    legend: "{tablet}",
  },
  memory: {
    title: "Memory",
    unit: "bytes",
    expr: "max by (tablet) (tagenal_tablet_memory_bytes)",
    legend: "{tablet}",
  },
  disk: {
    title: "Disk used",
    unit: "bytes",
    expr: "max by (tablet) (tagenal_tablet_disk_used_bytes)",
    legend: "{tablet}",
  },
} as const satisfies Readonly<Record<string, Chart>>;

export type ChartName = keyof typeof charts;
export const chartNames = Object.keys(charts) as ChartName[];

/** How far back a chart goes, in minutes. */
export const spans = ["15", "60", "360", "1440", "10080"] as const;

const POINTS = 180;
/** Prometheus asks every 15 s. */
const LEAST_STEP = 15;
const LEAST_RATE = 60;

export interface Range {
  readonly start: number;
  readonly end: number;
  /** Seconds. */
  readonly step: number;
}

/** Ends at a whole step, so that a chart asked for again has the same points. Seconds since 1970. */
export const toRange = (minutes: number, now: number): Range => {
  const step = Math.max(LEAST_STEP, Math.ceil((minutes * 60) / POINTS));
  const end = Math.floor(now / 1_000 / step) * step;
  return { start: end - minutes * 60, end, step };
};

export const toExpr = ({ expr }: Chart, { step }: Range): string =>
  expr.replaceAll("$rate", `${Math.max(LEAST_RATE, 4 * step)}s`);

/** A label that is not there leaves nothing behind. */
export const toLegend = (
  { legend, title }: Chart,
  labels: Readonly<Record<string, string>>,
): string => {
  const text = legend.replaceAll(/\{(\w+)\}/g, (_, name: string) => labels[name] ?? "").trim();
  return text === "" ? title : text;
};
