/**
 * The two ways in. From outside only what a function's routes declare; from inside (the
 * activator, on loopback only) every function, under /<function>/.
 *
 * ce-* headers of outside callers pass: they mean nothing to a function that has routes, a
 * function that takes events has none, and Knative's ingress passes them too.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import type { Log } from "#shared/log.ts";
import { defineDurations, METRICS_TYPE, secondsSince } from "#shared/metrics.ts";
import { Problem, type ProblemCode } from "#shared/problem.ts";
import { type Reply, respond, send } from "#shared/respond.ts";
import { inSpan, parentOf } from "#shared/trace-context.ts";
import { LARGEST_HEADERS_BYTES } from "./function-process.ts";
import { readAllMetrics } from "./metrics.ts";
import type { FindFunction } from "./routes.ts";
import type { Runner } from "./runner.ts";

export type Runners = ReadonlyMap<string, Runner>;

interface Target {
  readonly runner: Runner;
  readonly path: string;
}

const urlOf = ({ url = "/" }: IncomingMessage): URL => {
  // Resolved here and passed on so: the function must not see another path than was matched.
  const text = `http://entry${url.startsWith("/") ? url : "/"}`;
  if (!URL.canParse(text)) throw new Problem("invalid-request", "the address is not well-formed");
  return new URL(text);
};

/** For a caller to send its headers, and its whole request. */
const HEADERS_MS = 15_000;
const REQUEST_MS = 120_000;

const faults: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: "headers-too-large",
  ERR_HTTP_REQUEST_TIMEOUT: "request-timeout",
};

/** What is no HTTP, or comes too slowly, never becomes a request: it is answered by hand. */
const refuseRequest = (error: NodeJS.ErrnoException, socket: Socket): void => {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const code = faults[error.code ?? ""] ?? "invalid-request";
  const problem = new Problem(code, "the request could not be read");
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    "content-type: application/problem+json",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
};

const askedFunctions = new WeakMap<IncomingMessage, string>();

const handleInSpan = (
  { runner, path }: Target,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const { method = "GET", headers } = request;
  askedFunctions.set(request, runner.name);
  const parent = parentOf(headers["traceparent"], headers["tracestate"]);
  const attributes = { "http.request.method": method, "tagenal.function": runner.name };
  const work = { name: `${method} ${runner.name}`, kind: SpanKind.SERVER, parent, attributes };
  return inSpan(work, async (span) => {
    await runner.handle(request, response, path);
    span.setAttribute("http.response.status_code", response.statusCode);
    if (response.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  });
};

const createTargetServer = (
  find: (request: IncomingMessage) => Target | Reply | Promise<Target | Reply>,
  log: Log,
): Server => {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const target = await find(request);
    if ("status" in target) return send(response, target);
    await handleInSpan(target, request, response);
  };
  const limits = {
    headersTimeout: HEADERS_MS,
    requestTimeout: REQUEST_MS,
    maxHeaderSize: LARGEST_HEADERS_BYTES,
  };
  const server = createServer(limits, (request, response) => {
    // A function may answer without reading the body. Node drops the rest only of bodies that
    // nobody began to read; left in the line, it would keep the next request from being seen.
    response.once("finish", () => request.unpipe().resume());
    answer(request, response).catch((error: unknown) => {
      // Half an answer is out: breaking the connection is the only way left to say so.
      if (response.headersSent) response.destroy();
      else respond(response, log, () => Promise.reject(error)).catch(() => {});
    });
  });
  return server.on("clientError", refuseRequest);
};

/** What a browser asks beforehand goes to whom it will ask. */
const verbOf = ({ method = "GET", headers }: IncomingMessage): string =>
  method === "OPTIONS" ? (headers["access-control-request-method"] ?? method) : method;

const requestDuration = defineDurations(
  "tagenal_entry_request_duration_seconds",
  "Requests as callers see them, cold starts included; status 499: the caller left.",
);

/** Whatever becomes of it, also where no function is found. */
const measure = (request: IncomingMessage, response: ServerResponse): void => {
  // A stream of events lasts as long as somebody listens, who leaves in the middle of it.
  if (request.headers.accept === "text/event-stream") return;
  const startedAt = performance.now();
  response.once("close", () => {
    const { method = "GET" } = request;
    const status = String(response.writableFinished ? response.statusCode : 499);
    const name = askedFunctions.get(request) ?? "none";
    requestDuration(secondsSince(startedAt), { function: name, method, status });
  });
};

export const createPublicServer = (find: FindFunction, runners: Runners, log: Log): Server =>
  createTargetServer((request) => {
    const { pathname, search } = urlOf(request);
    const name = find(verbOf(request), pathname);
    const runner = runners.get(name);
    if (runner === undefined) throw new Problem("not-found", `there is no function ${name}`);
    return { runner, path: pathname + search };
  }, log).prependListener("request", measure);

const toMetricsReply = (body: string): Reply => ({
  status: 200,
  body,
  headers: { "content-type": METRICS_TYPE },
});

export const createActivatorServer = (runners: Runners, log: Log): Server =>
  createTargetServer(async (request) => {
    const { pathname, search } = urlOf(request);
    if (pathname === "/healthz") return { status: 200, body: { status: "ok" } };
    if (pathname === "/metrics") return toMetricsReply(await readAllMetrics([...runners.values()]));
    if (pathname === "/functions")
      return { status: 200, body: [...runners.values()].map((runner) => runner.describe()) };
    const [, name = "", ...rest] = pathname.split("/");
    const runner = runners.get(name);
    if (runner === undefined) throw new Problem("not-found", `there is no function ${name}`);
    return { runner, path: `/${rest.join("/")}${search}` };
  }, log);
