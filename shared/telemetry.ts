/**
 * What a process tells of itself besides its log, by OpenTelemetry: spans to
 * OTEL_EXPORTER_OTLP_ENDPOINT, metrics to whoever reads them at METRICS_PORT. Nothing is loaded for
 * what is not asked for.
 */
import { fraction, optional, readEnv, text, url } from "./env.ts";

export interface TelemetryOptions {
  /** Measures even without METRICS_PORT: the process has a server of its own to tell its metrics. */
  readonly hasServer?: boolean;
}

/** Metrics in Prometheus' text format; none where nothing is measured. */
let read: () => Promise<string> = async () => "";

export const readMetrics = (): Promise<string> => read();

const start = async (name: string, { hasServer }: TelemetryOptions): Promise<void> => {
  const env = readEnv({
    OTEL_EXPORTER_OTLP_ENDPOINT: optional(url),
    OTEL_TRACES_SAMPLER_ARG: optional(fraction),
    METRICS_PORT: optional(text),
  });
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: ratio = 0.01 } = env;
  if (endpoint !== undefined) {
    const { startTracing } = await import("./tracing.ts");
    startTracing({ name, endpoint, ratio });
  }
  if (hasServer || env.METRICS_PORT !== undefined) {
    const { startMeasuring, serveMetrics } = await import("./metrics-endpoint.ts");
    read = startMeasuring(name);
    if (env.METRICS_PORT !== undefined) await serveMetrics(read, env.METRICS_PORT);
  }
};

let started: Promise<void> | undefined;

/** Once a process, under the name of its first caller; resolves when all is recorded. */
export const startTelemetry = (name: string, options: TelemetryOptions = {}): Promise<void> => {
  started ??= start(name, options);
  return started;
};
