/**
 * The OpenTelemetry SDK, loaded only where spans are sent somewhere (shared/telemetry.ts): it costs
 * a function 11 MB and a tenth of a second of its start.
 */
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { NodeSDK } from "@opentelemetry/sdk-node";
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace";

export interface TracingOptions {
  /** The service's name. */
  readonly name: string;
  /** Base address of the collector; spans go to /v1/traces below it. */
  readonly endpoint: string;
  /** Share of traces that are kept of those that begin here; others follow their caller. */
  readonly ratio: number;
}

/** Short: a function is ended without a chance to send what it still has. */
const SEND_AFTER_MS = 500;
/** A collector that does not answer costs no more memory than this many spans. */
const MOST_SPANS = 1_024;

export const startTracing = ({ name, endpoint, ratio }: TracingOptions): void => {
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, "")}/v1/traces` });
  const processor = new BatchSpanProcessor({
    exporter,
    scheduledDelayMillis: SEND_AFTER_MS,
    maxQueueSize: MOST_SPANS,
    maxExportBatchSize: MOST_SPANS / 4,
  });
  const sdk = new NodeSDK({
    // Whose command line and host it is, the platform tells; spans would carry it each time.
    autoDetectResources: false,
    resource: resourceFromAttributes({ "service.name": name, "service.namespace": "tagenal" }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [processor],
    // Logs are lines of the process, and metrics are asked for: neither is sent.
    logRecordProcessors: [],
    metricReaders: [],
    instrumentations: [],
  });
  sdk.start();
};
