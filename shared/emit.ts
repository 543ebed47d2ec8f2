/**
 * Sends events to the broker. An event that it did not accept throws `unavailable`: whoever emits
 * has kept it (outbox) or is asked again by a retry. The trace goes along as an extension.
 */
import { randomUUID } from "node:crypto";
import { SpanKind } from "@opentelemetry/api";
import type { Contract } from "#events/contract.ts";
import { toMessage } from "./cloud-event.ts";
import { defineCounter } from "./metrics.ts";
import { Problem } from "./problem.ts";
import { inPart, traceHeaders } from "./trace-context.ts";

const TIMEOUT_MS = 5_000;

/** An event as it is kept in the outbox: CloudEvents JSON. */
export interface StoredEvent {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: "application/json";
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly data: unknown;
}

export interface Emitted<T> {
  readonly id?: string;
  readonly subject: string;
  readonly data: T;
}

export type Emit = <T>(contract: Contract<T>, event: Emitted<T>) => Promise<void>;
export type Send = (event: StoredEvent) => Promise<void>;

/** Makes the event without sending it, for the outbox; refuses data that its contract would. */
export const toStoredEvent = <T>(
  source: string,
  contract: Contract<T>,
  { id = randomUUID(), subject, data }: Emitted<T>,
): StoredEvent => ({
  specversion: "1.0",
  id,
  source,
  type: contract.type,
  subject,
  time: new Date().toISOString(),
  datacontenttype: "application/json",
  ...traceHeaders(),
  data: contract.parse(data),
});

const post =
  (sink: string): Send =>
  async ({ data, ...attributes }) => {
    const { headers, body } = toMessage({ attributes, data });
    const failed = (reason: string, cause?: unknown): Problem =>
      new Problem("unavailable", `the broker did not accept ${attributes.type}`, {
        cause,
        because: reason,
      });
    let response: Response;
    try {
      response = await fetch(sink, {
        method: "POST",
        headers,
        ...(body === undefined ? {} : { body }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      // Read to its end, or the connection cannot be used again.
      await response.arrayBuffer();
    } catch (cause) {
      throw failed("no answer", cause);
    }
    if (!response.ok) throw failed(`HTTP ${response.status}`);
  };

const emitted = defineCounter("tagenal_events_emitted_total", "Events sent to the broker.");

const counted =
  (send: Send): Send =>
  async (event) => {
    const { type } = event;
    try {
      await send(event);
      emitted({ type, outcome: "ok" });
    } catch (error) {
      emitted({ type, outcome: "failed" });
      throw error;
    }
  };

export const createSend = (sink: string): Send => {
  const sendOne = counted(post(sink));
  return (event) =>
    inPart(
      () => ({
        name: `send ${event.type}`,
        kind: SpanKind.PRODUCER,
        attributes: {
          "messaging.operation.type": "send",
          "messaging.destination.name": event.type,
          "messaging.message.id": event.id,
        },
      }),
      () => sendOne(event),
    );
};

export const createEmit = (sink: string, source: string): Emit => {
  const send = createSend(sink);
  return (contract, event) => send(toStoredEvent(source, contract, event));
};
