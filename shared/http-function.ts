/**
 * Defines a function that answers HTTP requests by its routes. An unknown path is 404, a known one
 * with another verb 405 with Allow; HEAD is answered wherever GET is.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { Problem } from "./problem.ts";
import type { Reply } from "./respond.ts";
import { type Request, serve } from "./serve.ts";

export interface RouteRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Parsed JSON, text, a Buffer, or undefined where there was none. */
  readonly body: unknown;
  /** Aborts when the caller has gone. */
  readonly signal: AbortSignal;
}

export interface Route {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Such as /v1/users/:uid/reads. The first route that fits is taken. */
  readonly path: string;
  handle(request: RouteRequest): Promise<Reply>;
  /** The caller has to bring the token. */
  readonly auth?: "token";
}

export interface HttpFunctionOptions {
  readonly token?: string;
}

const decode = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new Problem("invalid-request", "the path is not well-formed percent-encoding", { cause });
  }
};

const matchPath = (pattern: string, path: string): Record<string, string> | undefined => {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = given[index] ?? "";
    if (!segment.startsWith(":")) {
      if (segment !== value) return undefined;
    } else if (value === "") return undefined;
    else params[segment.slice(1)] = decode(value);
  }
  return params;
};

const digest = (value: string): Buffer => createHash("sha256").update(value).digest();

/** Compares digests: their equal length lets the comparison take the same time for any guess. */
const checkToken = (authorization: string | undefined, token: string): void => {
  const given = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1] ?? "";
  if (timingSafeEqual(digest(given), digest(token))) return;
  throw new Problem("unauthorized", "this needs the token: Authorization: Bearer <token>", {
    headers: { "www-authenticate": "Bearer" },
  });
};

const flatten = (headers: Request["headers"]): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : value,
    ]),
  );

const signalOf = (request: Request): AbortSignal => {
  const controller = new AbortController();
  request.res?.once("close", () => {
    if (request.res?.writableFinished !== true) controller.abort(new Error("the caller has gone"));
  });
  return controller.signal;
};

interface Match {
  readonly route: Route;
  readonly params: Record<string, string>;
}

const findMatches = (routes: readonly Route[], path: string): Match[] =>
  routes.flatMap((route) => {
    const params = matchPath(route.path, path);
    return params === undefined ? [] : [{ route, params }];
  });

const pickMatch = (matches: readonly Match[], method: string, path: string): Match => {
  if (matches.length === 0) throw new Problem("not-found", `there is no ${path}`);
  const wanted = method === "HEAD" ? "GET" : method;
  const match = matches.find(({ route }) => route.method === wanted);
  if (match !== undefined) return match;
  const allow = [...new Set(matches.map(({ route }) => route.method))].join(", ");
  throw new Problem("method-not-allowed", `${path} answers ${allow}`, { headers: { allow } });
};

export const defineHttpFunction = (
  name: string,
  routes: readonly Route[],
  { token = "" }: HttpFunctionOptions = {},
): void => {
  // At the start, not at the first request: a function that lets nobody in is badly set up.
  if (token === "" && routes.some(({ auth }) => auth === "token"))
    throw new Error(`${name}: its routes want a token, and none is set`);
  serve(name, async (request) => {
    const { pathname, searchParams } = new URL(request.originalUrl, "http://function");
    const { route, params } = pickMatch(findMatches(routes, pathname), request.method, pathname);
    if (route.auth === "token") checkToken(request.headers.authorization, token);
    return route.handle({
      params,
      query: searchParams,
      headers: flatten(request.headers),
      body: request.body,
      signal: signalOf(request),
    });
  });
};
