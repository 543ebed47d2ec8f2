/**
 * Registers a function with functions-framework: continues the caller's trace, answers the
 * readiness probe, logs one line a request, and turns every error into problem+json.
 *
 * 1. `http()` for events too: `cloudEvent()` does not validate and cannot choose the status, and
 *    the status is the retry policy.
 * 2. The framework parses the body before our code runs and would answer a malformed one with
 *    HTML. Express takes an error handler only from its app, which the framework keeps to itself;
 *    Node announces each server's first request before the app sees it, so it is added then.
 */
import diagnostics from "node:diagnostics_channel";
import type { Server, ServerResponse } from "node:http";
import { http, type Request } from "@google-cloud/functions-framework";
import { type Context, type Span, SpanKind, SpanStatusCode } from "@opentelemetry/api";
import type { ErrorRequestHandler, Express } from "express";
import { createLog, type Log } from "./log.ts";
import { defineCounter, defineDurations, isMeasuring, secondsSince } from "./metrics.ts";
import { codeOfStatus, Problem } from "./problem.ts";
import { type Reply, respond } from "./respond.ts";
import { currentSubject, withSubject } from "./subject.ts";
import { startTelemetry } from "./telemetry.ts";
import { inSpan, parentOf } from "./trace-context.ts";
import { avoidDomains } from "./without-domains.ts";

export type { Request };

/** Where the platform asks whether the function is ready (readinessProbe in knative/). */
const READINESS_PATH = "/healthz";

const isExpress = (listener: unknown): listener is Express =>
  typeof listener === "function" && "use" in listener && "handle" in listener;

const toBodyProblem = (error: unknown): unknown => {
  if (!(error instanceof Error) || !("status" in error)) return error;
  const status = Number(error.status);
  if (status < 400 || status >= 500) return error;
  const isJson = "type" in error && error.type === "entity.parse.failed";
  const detail = isJson ? `the body is not JSON: ${error.message}` : error.message;
  return new Problem(codeOfStatus(status), detail, { cause: error });
};

const createErrorHandler =
  (log: Log): ErrorRequestHandler =>
  // Express tells an error handler by its four parameters.
  (error: unknown, _request, response, _next) => {
    respond(response, log, () => Promise.reject(toBodyProblem(error))).catch(() => {});
  };

const answered = new WeakSet<Server>();
let log: Log | undefined;

const answerBodyErrors = (message: unknown): void => {
  const { server } = message as { server: Server };
  if (answered.has(server) || log === undefined) return;
  answered.add(server);
  const app = server.listeners("request").find(isExpress);
  app?.use(createErrorHandler(log));
};

/** The header of this hop first, then what the event carries from where it was emitted. */
const traceOf = ({ headers, body }: Request): Context => {
  if (headers["traceparent"] !== undefined)
    return parentOf(headers["traceparent"], headers["tracestate"]);
  if (headers["ce-traceparent"] !== undefined)
    return parentOf(headers["ce-traceparent"], headers["ce-tracestate"]);
  const isStructured = headers["content-type"]?.startsWith("application/cloudevents+json") ?? false;
  return isStructured ? parentOf(body?.traceparent, body?.tracestate) : parentOf();
};

const requestDuration = defineDurations(
  "tagenal_request_duration_seconds",
  "Requests inside the function, by route as declared.",
);
const eventDuration = defineDurations(
  "tagenal_event_duration_seconds",
  "Events handled: 202 done, 409, 429 and 5xx to be tried again, other 4xx never.",
);
const cacheRequests = defineCounter(
  "tagenal_cache_requests_total",
  "Answers that say in Cache-Status whether they were kept: hit, or why not.",
);

/** RFC 9211: `name; hit`, or `name; fwd=miss` and other reasons. */
const toCacheOutcome = (header: string): string =>
  /;\s*hit\b/.test(header) ? "hit" : (/;\s*fwd=([a-z-]+)/.exec(header)?.[1] ?? "unknown");

/** It lasts as long as somebody listens, which says nothing about the function. */
const isStream = (response: ServerResponse): boolean =>
  response.getHeader("content-type") === "text/event-stream";

const measure = (response: ServerResponse, method: string, seconds: number): void => {
  const { route = "unknown", eventType: type } = currentSubject() ?? {};
  const status = String(response.statusCode);
  if (type === undefined) requestDuration(seconds, { method, route, status });
  else eventDuration(seconds, { type, status });
  const cacheStatus = response.getHeader("cache-status");
  if (typeof cacheStatus === "string") cacheRequests({ outcome: toCacheOutcome(cacheStatus) });
};

const note = (span: Span, { method }: Request, status: number): void => {
  if (!span.isRecording()) return;
  const { route = "unknown", eventType, operationId } = currentSubject() ?? {};
  span.updateName(eventType === undefined ? `${method} ${route}` : `process ${eventType}`);
  span.setAttributes({
    "http.request.method": method,
    "http.response.status_code": status,
    ...(eventType === undefined
      ? { "http.route": route }
      : { "messaging.operation.type": "process", "messaging.destination.name": eventType }),
    ...(operationId === undefined ? {} : { "tagenal.operation.id": operationId }),
  });
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
};

const answer = async (
  request: Request,
  { span, log, work }: { span: Span; log: Log; work: () => Promise<Reply> },
): Promise<void> => {
  const { res: response, method } = request;
  if (response === undefined) return;
  const startedAt = performance.now();
  await respond(response, log, work);
  const seconds = secondsSince(startedAt);
  const ms = Math.round(seconds * 10_000) / 10;
  const { statusCode: status } = response;
  note(span, request, status);
  if (isMeasuring() && !isStream(response)) measure(response, method, seconds);
  log.info({ method, ...currentSubject(), status, ms }, "request");
};

export const serve = (name: string, handle: (request: Request) => Promise<Reply>): void => {
  const ownLog = createLog(name);
  log = ownLog;
  avoidDomains();
  const started = startTelemetry(name);
  diagnostics.unsubscribe("http.server.request.start", answerBodyErrors);
  diagnostics.subscribe("http.server.request.start", answerBodyErrors);
  http(name, async (request, response) => {
    if (request.path === READINESS_PATH && request.method === "GET") {
      await started;
      response.status(200).end();
      return;
    }
    const { method } = request;
    const parent = withSubject(traceOf(request));
    await inSpan({ name: method, kind: SpanKind.SERVER, parent }, (span) =>
      answer(request, { span, log: ownLog, work: () => handle(request) }),
    );
  });
};
