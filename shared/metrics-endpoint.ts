/** The metrics of this process and where Prometheus reads them; loaded only where it is asked for. */
import { createServer } from "node:http";
import type { Meter } from "@opentelemetry/api";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { METRICS_TYPE, measureWith } from "./metrics.ts";
import { toPrometheusText } from "./prometheus-text.ts";

/** Collects when it is asked and at no other time. */
class PullReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

const observeProcess = (meter: Meter): void => {
  const gauge = (name: string, description: string, read: () => number): void =>
    meter.createObservableGauge(name, { description }).addCallback((on) => on.observe(read()));
  const startedAt = Date.now() / 1_000 - process.uptime();
  gauge("process_start_time_seconds", "When it started, since 1970.", () => startedAt);
  gauge("process_resident_memory_bytes", "Memory in use.", () => process.memoryUsage.rss());
  let last = performance.eventLoopUtilization();
  gauge(
    "nodejs_eventloop_utilization_ratio",
    "How busy it was since the last look, 0 to 1.",
    () => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, last);
      last = now;
      return utilization;
    },
  );
  meter
    .createObservableCounter("process_cpu_seconds_total", { description: "Processor time." })
    .addCallback((on) => {
      const { user, system } = process.cpuUsage();
      on.observe((user + system) / 1_000_000);
    });
};

export type ReadMetrics = () => Promise<string>;

export const startMeasuring = (name: string): ReadMetrics => {
  const reader = new PullReader();
  const meter = new MeterProvider({ readers: [reader] }).getMeter("tagenal");
  observeProcess(meter);
  measureWith(meter);
  return async () => {
    const { resourceMetrics } = await reader.collect();
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    return toPrometheusText(metrics, { function: name });
  };
};

/** At a port, or at the path of a socket file. */
export const serveMetrics = async (read: ReadMetrics, address: string): Promise<void> => {
  const server = createServer((_request, response) => {
    read().then(
      (text) => response.setHeader("content-type", METRICS_TYPE).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(/^\d+$/.test(address) ? Number(address) : address, resolve);
  });
  // Nobody waits for it at the end.
  server.unref();
};
