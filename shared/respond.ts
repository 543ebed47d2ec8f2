/**
 * The one place where a handler's result becomes an HTTP response, and the one catch: a Problem is
 * answered as itself, anything else as 500 without its message, which goes to the log.
 */
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Log } from "./log.ts";
import { isProblem, Problem } from "./problem.ts";

export interface Reply {
  readonly status: number;
  /** Sent as JSON, unless it is a string, a Buffer or a Readable (which is streamed). */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export const toProblemReply = (problem: Problem): Reply => ({
  status: problem.status,
  body: JSON.stringify(problem),
  headers: { "content-type": "application/problem+json", ...problem.headers },
});

const toPayload = (body: unknown): { payload: string | Buffer; type: string } => {
  if (typeof body === "string") return { payload: body, type: "text/plain; charset=utf-8" };
  if (Buffer.isBuffer(body)) return { payload: body, type: "application/octet-stream" };
  return { payload: JSON.stringify(body), type: "application/json" };
};

const ONE_PIECE = 16 * 1_024;

/** What a browser may make of an answer that is no page: nothing, but for whoever asked. */
const safety = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
};

const setHeaders = (response: ServerResponse, { status, headers = {} }: Reply): void => {
  response.removeHeader("x-powered-by");
  for (const [name, value] of Object.entries(safety)) response.setHeader(name, value);
  if (status >= 400) response.setHeader("cache-control", "no-store");
  for (const [name, value] of Object.entries(headers))
    if (name === "vary") response.appendHeader(name, value);
    else response.setHeader(name, value);
};

/** Never throws: by then there is nobody left to tell. */
export const send = async (response: ServerResponse, reply: Reply): Promise<void> => {
  response.statusCode = reply.status;
  setHeaders(response, reply);
  if (reply.body === undefined) {
    response.end();
  } else if (reply.body instanceof Readable && response.req?.method === "HEAD") {
    // Only the headers are asked for: what they are about need not be read.
    reply.body.destroy();
    response.end();
  } else if (reply.body instanceof Readable) {
    // A caller that leaves early ends the source too: pipeline destroys both.
    await pipeline(reply.body, response).catch(() => response.destroy());
  } else {
    const { payload, type } = toPayload(reply.body);
    if (!response.hasHeader("content-type")) response.setHeader("content-type", type);
    response.setHeader("content-length", Buffer.byteLength(payload));
    // Byte for byte the same; as a text it leaves in one piece with the headers.
    if (typeof payload !== "string" && payload.length <= ONE_PIECE)
      response.end(payload.toString("latin1"), "latin1");
    else response.end(payload);
  }
};

const toProblem = (error: unknown, log: Log): Problem => {
  if (!isProblem(error)) {
    log.error({ err: error }, "unexpected error");
    return new Problem("internal", "an unexpected error; the log has it under this trace");
  }
  if (error.status >= 500) log.warn({ err: error }, "problem");
  return error;
};

export const respond = async (
  response: ServerResponse,
  log: Log,
  work: () => Promise<Reply>,
): Promise<void> => {
  const reply = await work().catch((error: unknown) => toProblemReply(toProblem(error, log)));
  if (response.headersSent || response.destroyed) return;
  await send(response, reply);
};
