/**
 * W3C trace context, carried through a request without passing it along: logs, emitted events and
 * further requests pick it up. Spans are made here and nowhere else; they cost next to nothing
 * where no collector is set (shared/telemetry.ts) or the trace is not sampled.
 */
import { randomBytes } from "node:crypto";
import {
  type Context,
  context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanOptions,
  SpanStatusCode,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

const propagator = new W3CTraceContextPropagator();

const POOL_BYTES = 4_096;
let pool = Buffer.alloc(0);
let used = 0;

/** Out of a pool: asking for a few bytes at a time costs more than all else that a trace takes. */
const randomHex = (bytes: number): string => {
  if (used + bytes > pool.length) {
    pool = randomBytes(POOL_BYTES);
    used = 0;
  }
  used += bytes;
  return pool.toString("hex", used - bytes, used);
};

/** The caller's context, or an empty one where there is none or it is malformed. */
export const parentOf = (traceparent?: unknown, tracestate?: unknown): Context =>
  propagator.extract(ROOT_CONTEXT, { traceparent, tracestate }, defaultTextMapGetter);

export const currentTrace = (): SpanContext | undefined => {
  const found = trace.getSpanContext(context.active());
  return found !== undefined && isSpanContextValid(found) ? found : undefined;
};

/** `traceparent` and `tracestate` of whatever runs now, for a request or an event. */
export const traceHeaders = (): { traceparent?: string; tracestate?: string } => {
  const headers = {};
  propagator.inject(context.active(), headers, defaultTextMapSetter);
  return headers;
};

/** Without a collector nobody makes ids; logs and events still tell by them what belongs together. */
const withoutCollector = (): Span =>
  trace.wrapSpanContext({
    traceId: randomHex(16),
    spanId: randomHex(8),
    traceFlags: TraceFlags.NONE,
  });

/** Only the kind of error: messages may quote data, which the log takes care of. */
const noteError = (span: Span, error: unknown): void => {
  const type =
    error instanceof Error && "code" in error ? String(error.code) : (error as Error)?.name;
  span.setAttribute("error.type", type ?? "unknown");
  span.setStatus({ code: SpanStatusCode.ERROR });
};

export interface SpanWork extends SpanOptions {
  readonly name: string;
  /** Default: whatever runs now. */
  readonly parent?: Context;
}

/** Runs `work` in a span of its own, which ends with it. */
export const inSpan = async <T>(
  { name, parent = context.active(), ...options }: SpanWork,
  work: (span: Span) => Promise<T>,
): Promise<T> => {
  // Asked for each time: the SDK comes later, in a bundle with an API of its own, which an earlier
  // tracer would never hear of.
  const made = trace.getTracer("tagenal").startSpan(name, options, parent);
  const span = isSpanContextValid(made.spanContext()) ? made : withoutCollector();
  try {
    return await context.with(trace.setSpan(parent, span), () => work(span));
  } catch (error) {
    noteError(span, error);
    throw error;
  } finally {
    span.end();
  }
};

/** What is set off here begins a trace of its own: else a chain of events would be one without end. */
export const outsideTrace = <T>(work: () => T): T => context.with(ROOT_CONTEXT, work);

/** Whether what runs now is recorded; otherwise parts of it need no spans. */
export const isRecorded = (): boolean => trace.getActiveSpan()?.isRecording() === true;

/** A part of what runs now: a span only where the whole is recorded. */
export const inPart = <T>(describe: () => SpanWork, work: () => Promise<T>): Promise<T> =>
  isRecorded() ? inSpan(describe(), work) : work();
