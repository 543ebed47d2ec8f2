/**
 * Serves the pages: one shell of HTML for every address that the browser itself turns into a page,
 * the hashed files that the shell asks for, and the OpenAPI document of the API.
 *
 * 1. A file's name changes with its content, so it is kept for ever; the shell is asked for again.
 * 2. Nothing from elsewhere is loaded, and no script or style runs that is not one of these files.
 * 3. The shell comes with what its page will ask the API first (Link), so that the browser asks while
 *    it still fetches the script.
 */
import { isKnownTag, toTag } from "#shared/entity-tag.ts";
import type { Route, RouteRequest } from "#shared/http-function.ts";
import { Problem } from "#shared/problem.ts";
import type { Reply } from "#shared/respond.ts";
import { questionsOf } from "./web/questions.ts";
import { parsePage } from "./web/route.ts";

export interface WebFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
}

export interface ServeWebDeps {
  /** By name, such as app-4F2K.js; the shell is SHELL. */
  readonly files: ReadonlyMap<string, WebFile>;
  /** Where pages may send files to, with addresses that the API signs: the object store. */
  readonly storeUrl: string;
}

export const SHELL = "index.html";
/** What describes the API; see infra/openapi.ts. */
export const DOCUMENT = "openapi.json";
const fixedNames = [SHELL, DOCUMENT];
const FOR_EVER = "public, max-age=31536000, immutable";

export const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "media-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** Pages speak with this site, and send files straight into the object store. */
export const toPolicy = (storeUrl: string): string =>
  POLICY.replace("connect-src 'self'", `connect-src 'self' ${new URL(storeUrl).origin}`);

const safety = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
};

/** Addresses of pages; what is behind them is told by web/route.ts. */
export const PAGES = [
  "/",
  "/users",
  "/users/:uid",
  "/articles",
  "/articles/:aid",
  "/ranks",
  "/ranks/:granularity/:date",
  "/console",
  "/console/operations",
  "/console/operations/:id",
  "/console/history",
  "/console/load",
  "/console/query",
  "/console/watch",
  "/console/traces",
  "/console/traces/:id",
  "/api",
];

/** `gzip;q=0` refuses it (RFC 9110, 12.5.3). */
export const takesGzip = (accepted: string | undefined): boolean =>
  (accepted ?? "")
    .split(",")
    .some((coding) => /^\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(coding));

interface Given {
  readonly policy: string;
  readonly cacheControl: string;
  readonly link?: string;
}

/** What is seen first: a browser asks six things at a time, and script and style are among them. */
const MOST_TOLD = 2;
/** An address may name anything: what is longer is not worth a header. */
const LONGEST_LINK = 4_000;

/** Undefined for a page that asks nothing, or nothing that could be told beforehand. */
export const toLink = (pattern: string, { params, query }: RouteRequest): string | undefined => {
  const path = pattern.replaceAll(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(params[name] ?? ""),
  );
  const link = questionsOf(parsePage(path, String(query)))
    .slice(0, MOST_TOLD)
    .map((question) => `<${question}>; rel=preload; as=fetch; crossorigin`)
    .join(", ");
  return link === "" || link.length > LONGEST_LINK ? undefined : link;
};

const toReply = (
  file: WebFile,
  { headers }: RouteRequest,
  { policy, cacheControl, link }: Given,
): Reply => {
  const isZipped = takesGzip(headers["accept-encoding"]);
  const body = isZipped ? file.gzip : file.plain;
  const etag = toTag(body);
  const known = {
    ...safety,
    ...{ "content-security-policy": policy, etag, "cache-control": cacheControl },
    vary: "accept-encoding",
    ...(link === undefined ? {} : { link }),
  };
  if (isKnownTag(headers["if-none-match"], etag)) return { status: 304, headers: known };
  const encoding = isZipped ? { "content-encoding": "gzip" } : {};
  return { status: 200, body, headers: { ...known, ...encoding, "content-type": file.type } };
};

export const createServeWeb = ({ files, storeUrl }: ServeWebDeps): Route[] => {
  const policy = toPolicy(storeUrl);
  const fresh = { policy, cacheControl: "no-cache" };
  const [shell, document] = fixedNames.map((name) => {
    const file = files.get(name);
    if (file === undefined) throw new Error(`${name} was not built`);
    return file;
  }) as [WebFile, WebFile];
  const getFile = async (request: RouteRequest): Promise<Reply> => {
    const name = request.params["file"] ?? "";
    const file = fixedNames.includes(name) ? undefined : files.get(name);
    if (file === undefined)
      throw new Problem("not-found", `there is no file ${name.slice(0, 100)}`);
    return toReply(file, request, { policy, cacheControl: FOR_EVER });
  };
  return [
    { method: "GET", path: "/web/:file", handle: getFile },
    {
      ...{ method: "GET", path: "/openapi.json" },
      handle: async (request) => toReply(document, request, fresh),
    },
    ...PAGES.map(
      (path): Route => ({
        ...{ method: "GET", path },
        handle: async (request) => {
          const link = toLink(path, request);
          return toReply(shell, request, { ...fresh, ...(link === undefined ? {} : { link }) });
        },
      }),
    ),
  ];
};
