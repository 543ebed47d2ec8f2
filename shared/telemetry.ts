/**
 * What a process tells of itself besides its log, by OpenTelemetry. Nothing is loaded for what is
 * not asked for by an address.
 */
import { fraction, optional, readEnv, url } from "./env.ts";

const start = async (name: string): Promise<void> => {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: ratio = 0.01 } = readEnv({
    OTEL_EXPORTER_OTLP_ENDPOINT: optional(url),
    OTEL_TRACES_SAMPLER_ARG: optional(fraction),
  });
  if (endpoint === undefined) return;
  const { startTracing } = await import("./tracing.ts");
  startTracing({ name, endpoint, ratio });
};

let started: Promise<void> | undefined;

/** Once a process, under the name of its first caller; resolves when spans are recorded. */
export const startTelemetry = (name: string): Promise<void> => {
  started ??= start(name);
  return started;
};
