/** What show-monitoring answers. */
import { z } from "zod";
import { type Described, pathParameter, queryParameter } from "#shared/api-description.ts";
import { chartNames, spans } from "./charts.ts";

const isWatched = z.boolean().describe("false where the cluster runs without what watches it");
const listOf = (item: z.ZodType) =>
  z.strictObject({ isWatched, items: z.array(item), next: z.null() });

const alert = z.strictObject({
  name: z.string(),
  state: z.enum(["firing", "silenced", "pending"]),
  severity: z.string(),
  since: z.string(),
  summary: z.string(),
  description: z.string(),
  labels: z.record(z.string(), z.string()),
});

const unit = z.string().describe("such as seconds, bytes, per second");
const chartItem = z.strictObject({ name: z.string(), title: z.string(), unit });
const chart = z.strictObject({
  isWatched,
  ...{ name: z.string(), title: z.string(), unit },
  times: z.array(z.number()).describe("seconds since 1970"),
  lines: z.array(z.strictObject({ label: z.string(), values: z.array(z.number().nullable()) })),
});

const trace = z.strictObject({
  isWatched,
  id: z.string(),
  spans: z
    .array(
      z.strictObject({
        depth: z.int().min(0),
        service: z.string(),
        name: z.string(),
        startMilliseconds: z.number(),
        milliseconds: z.number(),
        isError: z.boolean(),
      }),
    )
    .describe("each below the one that caused it; none where it was not recorded"),
});
const traceItem = z.strictObject({
  id: z.string(),
  at: z.iso.datetime(),
  name: z.string(),
  spans: z.int(),
  milliseconds: z.number(),
});

const tag = "watching";

export const described: readonly Described[] = [
  {
    ...{ method: "GET", path: "/v1/alerts", id: "listAlerts", tag },
    summary: "Alerts that fire, are silenced, or are about to fire",
    answers: { 200: { description: "the most urgent first", schema: listOf(alert) } },
    problems: [400],
  },
  {
    ...{ method: "GET", path: "/v1/charts", id: "listCharts", tag },
    summary: "The charts that there are",
    answers: { 200: { description: "all of them", schema: listOf(chartItem) } },
    problems: [400],
  },
  {
    ...{ method: "GET", path: "/v1/charts/:name", id: "getChart", tag },
    summary: "One chart, out of Prometheus",
    parameters: [
      pathParameter("name", { type: "string", enum: chartNames }),
      queryParameter("minutes", { type: "string", enum: spans }, "how far back; 60"),
    ],
    answers: { 200: { description: "its lines", schema: chart } },
    problems: [400, 404],
  },
  {
    ...{ method: "GET", path: "/v1/traces", id: "listTraces", tag },
    summary: "Traces of an operation, out of Jaeger",
    parameters: [{ ...queryParameter("operation", { type: "string" }, "its id"), required: true }],
    answers: { 200: { description: "the newest first", schema: listOf(traceItem) } },
    problems: [400],
  },
  {
    ...{ method: "GET", path: "/v1/traces/:id", id: "getTrace", tag },
    summary: "What happened in one request",
    parameters: [pathParameter("id", { type: "string", pattern: "^[0-9a-f]{32}$" })],
    answers: { 200: { description: "its spans", schema: trace } },
    problems: [400, 404],
  },
];
