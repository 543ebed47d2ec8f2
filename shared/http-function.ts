/**
 * Defines a function that answers HTTP requests by its routes. An unknown path is 404, a known one
 * with another verb 405 with Allow; HEAD is answered wherever GET is.
 */
import type { Caller, Scope } from "./bearer.ts";
import { Problem } from "./problem.ts";
import { createProtection, type ProtectionSettings } from "./protection.ts";
import type { Reply } from "./respond.ts";
import { type Request, serve } from "./serve.ts";
import { type Subject, tellSubject } from "./subject.ts";

export interface RouteRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Parsed JSON, text, a Buffer, or undefined where there was none. */
  readonly body: unknown;
  /** Aborts when the caller has gone. */
  readonly signal: AbortSignal;
  /** Who asks, where not everybody may. */
  readonly caller?: Caller;
}

export interface Route {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Such as /v1/users/:uid/reads. The first route that fits is taken. */
  readonly path: string;
  handle(request: RouteRequest): Promise<Reply>;
  /** The caller has to bring the token, or a JWT with this scope. */
  readonly auth?: Scope;
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

const flatten = (headers: Request["headers"]): Record<string, string | undefined> => {
  const flat: Record<string, string | undefined> = {};
  for (const name in headers) {
    const value = headers[name];
    flat[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return flat;
};

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

const toSubject = (route: string, { id }: Record<string, string>): Subject =>
  route.startsWith("/v1/operations/:id") && id !== undefined
    ? { route, operationId: id }
    : { route };

export const defineHttpFunction = (
  name: string,
  routes: readonly Route[],
  settings?: ProtectionSettings,
): void => {
  const protection = createProtection(routes, settings);
  serve(name, async (request) => {
    const { method } = request;
    const headers = flatten(request.headers);
    const [pathname = "", query] = request.originalUrl.split("?", 2);
    request.res?.set(protection.headersFor(headers));
    const preflight = protection.preflight(method, headers);
    const { route, params } = pickMatch(
      findMatches(routes, pathname),
      preflight?.method ?? method,
      pathname,
    );
    if (preflight !== undefined) return preflight.reply;
    tellSubject(toSubject(route.path, params));
    const caller = await protection.admit(route, headers);
    return route.handle({
      params,
      query: new URLSearchParams(query),
      headers,
      body: request.body,
      get signal() {
        return signalOf(request);
      },
      ...(caller === undefined ? {} : { caller }),
    });
  });
};
