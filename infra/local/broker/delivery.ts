/**
 * One attempt to deliver an event, and what its outcome means (Knative's data plane contract).
 * Where the contract leaves something open, Knative's own broker is followed.
 */
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { type Dispatcher, request } from "undici";
import { type ParsedEvent, parseCloudEvent, toMessage } from "#shared/cloud-event.ts";
import { inSpan, parentOf, traceHeaders } from "#shared/trace-context.ts";
import type { Delivery } from "./topology.ts";

export interface Failure {
  readonly status: number;
  /** What the receiver said, or why it could not be asked. */
  readonly body: Buffer;
  readonly isFinal: boolean;
  /** The dead letter says nothing of it. */
  readonly isUntold?: true;
}

/** A failure, or done, perhaps with an event in reply. */
export type Outcome = { readonly failure: Failure } | { readonly reply: ParsedEvent | undefined };

const LARGEST_ANSWER_BYTES = 1024 * 1024;
/** As much of an answer as fits into an attribute of a dead letter, in base64. */
const LONGEST_ERROR_BYTES = 768;
/** The function's own timeout comes first; this is for a receiver that stays silent for ever. */
const DEFAULT_TIMEOUT_MS = 15 * 60 * 1_000;

/** 404 and 409 come from receivers that are starting or busy. Other statuses below 500 are final. */
export const isRetried = (status: number): boolean =>
  status >= 500 || [404, 408, 409, 429].includes(status);

export const backoffMs = ({ backoff, backoffMs }: Delivery, attempt: number): number =>
  backoff === "exponential" ? backoffMs * 2 ** attempt : backoffMs * attempt;

const fail = (status: number, body: Buffer | string): Outcome => ({
  failure: { status, body: Buffer.from(body), isFinal: !isRetried(status) },
});

/**
 * An answer of success that is neither empty nor an event. Knative's broker tries again and then
 * keeps the event, but its dead letter does not say why.
 */
const notAnEvent = (reason: string): Outcome => ({
  failure: { status: 502, body: Buffer.from(reason), isFinal: false, isUntold: true },
});

const readReply = (status: number, headers: Record<string, string>, body: Buffer): Outcome => {
  const isEvent =
    "ce-specversion" in headers ||
    headers["content-type"]?.startsWith("application/cloudevents") === true;
  if (!isEvent) return body.length === 0 ? { reply: undefined } : notAnEvent("not an event");
  // Accepted and perhaps not yet done: whatever it says is no reply.
  if (status === 202) return { reply: undefined };
  try {
    return { reply: readEvent(headers, body) };
  } catch (error) {
    return notAnEvent(error instanceof Error ? error.message : String(error));
  }
};

/** Binary events keep their bytes; structured ones have to be taken apart. */
export const readEvent = (
  headers: Readonly<Record<string, string | undefined>>,
  body: Buffer,
): ParsedEvent => {
  const isStructured = headers["content-type"]?.startsWith("application/cloudevents") === true;
  if (!isStructured) return parseCloudEvent(headers, body.length === 0 ? undefined : body);
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString("utf8"));
  } catch {
    // Refused below, with the same words as anything else that is no event.
  }
  return parseCloudEvent(headers, parsed);
};

const readBody = async (body: Dispatcher.ResponseData["body"]): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > LARGEST_ANSWER_BYTES) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const flatten = (headers: Dispatcher.ResponseData["headers"]): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

const post = async (
  dispatcher: Dispatcher,
  url: string,
  event: ParsedEvent,
  timeoutMs: number | undefined,
): Promise<Outcome> => {
  const { headers, body = null } = toMessage(event);
  try {
    const answer = await request(url, {
      dispatcher,
      method: "POST",
      headers: { ...headers, ...traceHeaders(), prefer: "reply" },
      body,
      headersTimeout: timeoutMs ?? DEFAULT_TIMEOUT_MS,
      bodyTimeout: timeoutMs ?? DEFAULT_TIMEOUT_MS,
    });
    const { statusCode } = answer;
    const answered = await readBody(answer.body);
    if (statusCode < 200 || statusCode >= 300) return fail(statusCode, answered);
    return readReply(statusCode, flatten(answer.headers), answered);
  } catch (error) {
    return fail(500, `dispatch error: ${error instanceof Error ? error.message : String(error)}`);
  }
};

/** In a span below the one that emitted the event. */
export const attempt = (...asked: Parameters<typeof post>): Promise<Outcome> => {
  const [, url, { attributes }] = asked;
  const { type = "", id = "", traceparent, tracestate } = attributes;
  const [service] = url.split("/").slice(-2);
  const work = {
    name: `deliver ${type}`,
    kind: SpanKind.CLIENT,
    parent: parentOf(traceparent, tracestate),
    attributes: {
      "messaging.destination.name": type,
      "messaging.message.id": id,
      "tagenal.function": service,
    },
  };
  return inSpan(work, async (span) => {
    const outcome = await post(...asked);
    if ("failure" in outcome) {
      span.setAttribute("http.response.status_code", outcome.failure.status);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    return outcome;
  });
};

export const toDeadLetter = (event: ParsedEvent, url: string, failure: Failure): ParsedEvent => {
  const { status, body, isUntold } = failure;
  if (isUntold) return event;
  const told = {
    knativeerrordest: url,
    knativeerrorcode: String(status),
    // In base64, because an answer may hold what no header can.
    knativeerrordata: body.subarray(0, LONGEST_ERROR_BYTES).toString("base64"),
  };
  return { attributes: { ...event.attributes, ...told }, data: event.data };
};
