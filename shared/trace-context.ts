/**
 * W3C trace context, carried through a request without passing it along: logs and emitted events
 * pick it up. It comes from the request's traceparent header or from the event's extension of the
 * same name; where neither is well-formed, a new trace begins.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { randomBytes } from "node:crypto";

export interface TraceContext {
  /** 32 hex digits, the same for everything one cause set off. */
  readonly traceId: string;
  /** 16 hex digits, this request's own. */
  readonly spanId: string;
  /** The span that caused this one. */
  readonly parentId?: string;
  /** Two hex digits; 01 = sampled. */
  readonly flags: string;
  readonly state?: string;
}

const traceparent =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-|$)/;
const storage = new AsyncLocalStorage<TraceContext>();

const freshSpanId = (): string => randomBytes(8).toString("hex");

/** A new span below the caller's, or the first one of a new trace. */
export const continueTrace = (parent?: unknown, state?: unknown): TraceContext => {
  const found = typeof parent === "string" ? traceparent.exec(parent) : null;
  const [, traceId, parentId, flags] = found ?? [];
  if (traceId === undefined || parentId === undefined || flags === undefined)
    return { traceId: randomBytes(16).toString("hex"), spanId: freshSpanId(), flags: "01" };
  const context = { traceId, spanId: freshSpanId(), parentId, flags };
  return typeof state === "string" && state !== "" ? { ...context, state } : context;
};

export const toTraceparent = ({ traceId, spanId, flags }: TraceContext): string =>
  `00-${traceId}-${spanId}-${flags}`;

export const currentTrace = (): TraceContext | undefined => storage.getStore();

export const runInTrace = <T>(context: TraceContext, work: () => T): T =>
  storage.run(context, work);
