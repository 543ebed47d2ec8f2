/** Passes one request on to a function and its answer back, both as streams. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { Transform } from "node:stream";
import type { Dispatcher, Pool } from "undici";
import { Problem } from "#shared/problem.ts";
import { traceHeaders } from "#shared/trace-context.ts";

/** The framework buffers whole bodies and would take a gigabyte; files go to the object store. */
export const LARGEST_BODY_BYTES = 32 * 1024 * 1024;

/** Between two neighbours only (RFC 9110, 7.6.1); `expect` is answered by our own server. */
const HOP_BY_HOP = new Set([
  "connection",
  "expect",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const passedOn = (headers: Readonly<Record<string, string | string[] | undefined>>) =>
  Object.fromEntries(
    Object.entries(headers).filter(([name, value]) => !HOP_BY_HOP.has(name) && value !== undefined),
  ) as Record<string, string | string[]>;

const tooLarge = (): Problem =>
  new Problem("too-large", `a body may have at most ${LARGEST_BODY_BYTES} bytes`);

const limitSize = (): Transform => {
  let size = 0;
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      size += chunk.length;
      if (size > LARGEST_BODY_BYTES) done(tooLarge());
      else done(null, chunk);
    },
  });
};

/** Through a stream of its own: undici destroys a body that fails, and ours is the caller's line. */
const bodyOf = (request: IncomingMessage): Transform | null => {
  const { "content-length": length, "transfer-encoding": encoding } = request.headers;
  if (Number(length ?? 0) > LARGEST_BODY_BYTES) throw tooLarge();
  const hasBody = encoding !== undefined || Number(length ?? 0) > 0;
  return hasBody ? request.pipe(limitSize()) : null;
};

const requestHeaders = ({
  headers,
  socket,
}: IncomingMessage): Record<string, string | string[]> => ({
  ...passedOn(headers),
  ...traceHeaders(),
  // Ours alone: the framework trusts whatever it is told about the caller.
  "x-forwarded-for": socket.remoteAddress ?? "",
  "x-forwarded-host": headers.host ?? "",
  "x-forwarded-proto": "http",
});

export const forward = async (
  pool: Pool,
  request: IncomingMessage,
  response: ServerResponse,
  { path, signal }: { readonly path: string; readonly signal: AbortSignal },
): Promise<void> => {
  // Straight from socket to socket: a stream between them would cost more than all the rest here.
  await pool.stream(
    {
      path,
      method: request.method as Dispatcher.HttpMethod,
      headers: requestHeaders(request),
      body: bodyOf(request),
      signal,
    },
    ({ statusCode, headers }) => {
      response.writeHead(statusCode, passedOn(headers) as OutgoingHttpHeaders);
      // At once where more may be far off, as a stream's first event; otherwise with the body.
      if (headers["content-length"] === undefined) response.flushHeaders();
      return response;
    },
  );
};
