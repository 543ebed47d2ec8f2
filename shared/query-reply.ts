/**
 * Answers a GET out of the cache or anew: JSON with an entity tag, and 304 to a caller that has it
 * already. `Cache-Status` (RFC 9211) tells how it was come by, `Server-Timing` who made it, and
 * `Cache-Control: no-cache` in a request wants it anew, by the primary.
 */
import { hash } from "node:crypto";
import type { Answer, Cache, Found } from "./cache.ts";
import type { Tag } from "./cache-tags.ts";
import { isKnownTag, toTag } from "./entity-tag.ts";
import type { Route, RouteRequest } from "./http-function.ts";
import { PRIMARY } from "./nearby.ts";
import type { Reply } from "./respond.ts";

const TYPE = "application/json";
const CACHE = "tagenal";

/** An answer that was just made, and by whom: a tablet such as hongkong-103, or the primary. */
export interface Made extends Answer {
  readonly by: string;
}

export interface MadeOptions {
  readonly by?: string;
  readonly tagOf?: (body: Buffer) => string;
}

export const toAnswer = (json: string, { by = PRIMARY, tagOf = toTag }: MadeOptions = {}): Made => {
  const body = Buffer.from(json);
  return { body, etag: tagOf(body), by };
};

export interface Reading {
  readonly method: "GET";
  /** Such as /v1/users/:uid. */
  readonly path: string;
  /** What the answer is made of; throws a Problem where the request makes no sense. */
  readonly tags: (request: RouteRequest) => readonly [Tag, ...Tag[]];
  /** `mayLag`: what was written a moment ago may be missing. */
  readonly answer: (request: RouteRequest, mayLag: boolean) => Promise<Made>;
}

const LONGEST_NAME = 200;

/** The path as it was asked, and the parameters in an order of their own. */
const toName = (path: string, { params, query }: RouteRequest): string => {
  const asked = path.replaceAll(/:(\w+)/g, (_, name: string) => params[name] ?? "");
  if (query.size === 0) return asked;
  const sorted = new URLSearchParams(query);
  sorted.sort();
  const text = String(sorted);
  return `${asked}?${text.length > LONGEST_NAME ? hash("sha256", text) : text}`;
};

/** What Cache-Status says where the caller wants nothing kept. */
export const UNWANTED = `${CACHE}; fwd=request`;

export const toStatus = ({ finding, isStored, freshMs }: Omit<Found<Answer>, "answer">): string => {
  if (finding === "hit") return `${CACHE}; hit; ttl=${Math.ceil(freshMs / 1_000)}`;
  if (finding === "unavailable") return `${CACHE}; fwd=bypass; detail=unavailable`;
  const isCollapsed = finding === "collapsed";
  return `${CACHE}; fwd=miss${isStored ? "; stored" : ""}${isCollapsed ? "; collapsed" : ""}`;
};

/** Whether the caller wants no answer that was kept. */
export const isCacheUnwanted = ({ headers }: RouteRequest): boolean =>
  /\bno-(cache|store)\b/i.test(headers["cache-control"] ?? "");

export const toReply = (answer: Answer | Made, request: RouteRequest, status: string): Reply => {
  const { body, etag } = answer;
  const headers = {
    etag,
    // Keep it, but ask each time: rows change without notice.
    "cache-control": "no-cache",
    "cache-status": status,
    "server-timing": "by" in answer ? `database;desc="${answer.by}"` : 'cache;desc="hit"',
  };
  if (isKnownTag(request.headers["if-none-match"], etag)) return { status: 304, headers };
  return { status: 200, body, headers: { ...headers, "content-type": TYPE } };
};

export const createRead =
  (cache: Pick<Cache, "find">) =>
  ({ method, path, tags: tagsOf, answer }: Reading): Route => ({
    method,
    path,
    handle: async (request) => {
      if (isCacheUnwanted(request)) return toReply(await answer(request, false), request, UNWANTED);
      const tags = tagsOf(request);
      const make = async (isSettled: boolean): Promise<Made> => answer(request, isSettled);
      const found = await cache.find({ name: toName(path, request), tags, make });
      return toReply(found.answer, request, toStatus(found));
    },
  });
