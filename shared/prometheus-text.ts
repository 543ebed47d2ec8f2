/**
 * Metrics in the text format of Prometheus (version 0.0.4): pure. OpenTelemetry's own exporter does
 * the same for 3 MB more in each function.
 */
import type { Attributes } from "@opentelemetry/api";
import {
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
} from "@opentelemetry/sdk-metrics";

const escapeHelp = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
const escapeValue = (text: string): string => escapeHelp(text).replaceAll('"', '\\"');

const toLabels = (labels: Attributes): string => {
  const parts = Object.entries(labels)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name.replaceAll(/\W/g, "_")}="${escapeValue(String(value))}"`);
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
};

const toHistogram = (name: string, labels: Attributes, { buckets, sum = 0, count }: Histogram) => {
  let below = 0;
  const bounds = buckets.boundaries.map((bound, index) => {
    below += buckets.counts[index] ?? 0;
    return `${name}_bucket${toLabels({ ...labels, le: String(bound) })} ${below}`;
  });
  return [
    ...bounds,
    `${name}_bucket${toLabels({ ...labels, le: "+Inf" })} ${count}`,
    `${name}_sum${toLabels(labels)} ${sum}`,
    `${name}_count${toLabels(labels)} ${count}`,
  ];
};

const typeOf = (metric: MetricData): string => {
  if (metric.dataPointType === DataPointType.HISTOGRAM) return "histogram";
  return metric.dataPointType === DataPointType.SUM && metric.isMonotonic ? "counter" : "gauge";
};

const toSamples = (metric: MetricData, common: Attributes): string[] => {
  const { name } = metric.descriptor;
  if (metric.dataPointType === DataPointType.HISTOGRAM)
    return metric.dataPoints.flatMap(({ attributes, value }) =>
      toHistogram(name, { ...common, ...attributes }, value),
    );
  return (metric.dataPoints as DataPoint<number>[]).map(
    ({ attributes, value }) => `${name}${toLabels({ ...common, ...attributes })} ${value}`,
  );
};

/** `common`: labels of every sample, unless it has its own of that name. */
export const toPrometheusText = (metrics: readonly MetricData[], common: Attributes): string =>
  metrics
    .filter(({ dataPoints }) => dataPoints.length > 0)
    .flatMap((metric) => [
      `# HELP ${metric.descriptor.name} ${escapeHelp(metric.descriptor.description)}`,
      `# TYPE ${metric.descriptor.name} ${typeOf(metric)}`,
      ...toSamples(metric, common),
    ])
    .map((line) => `${line}\n`)
    .join("");
