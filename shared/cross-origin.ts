/**
 * Which other sites' pages may ask the API (CORS, Fetch standard): none, unless they are named. No
 * cookie is ever taken for a proof of who asks, so a named site may only do what its user's token
 * allows.
 */
import type { Reply } from "./respond.ts";

type Headers = Readonly<Record<string, string | undefined>>;

export interface CrossOrigin {
  /** For each answer to the request. */
  headersFor(request: Headers): Record<string, string>;
  /** What a browser asks before it asks with a method; undefined where this is no such request. */
  preflight(
    method: string,
    request: Headers,
  ): { readonly method: string; readonly reply: Reply } | undefined;
}

const TAKEN = [
  ...["accept", "authorization", "cache-control", "content-type", "idempotency-key"],
  ...["if-match", "if-none-match", "if-range", "last-event-id", "range", "traceparent"],
  "x-data-center",
].join(", ");

const SHOWN = [
  ...["accept-ranges", "cache-status", "content-range", "etag", "location", "retry-after"],
  "server-timing",
].join(", ");

const SECONDS = "600";

/** `origins`: such as https://example.org, or `*` for all. */
export const createCrossOrigin = (origins: readonly string[]): CrossOrigin => {
  const headersFor = ({ origin }: Headers): Record<string, string> => {
    if (origins.length === 0) return {};
    if (origins.includes("*"))
      return { "access-control-allow-origin": "*", "access-control-expose-headers": SHOWN };
    // What is answered to one site must not be shown to another out of a cache.
    if (origin === undefined || !origins.includes(origin)) return { vary: "origin" };
    return {
      vary: "origin",
      "access-control-allow-origin": origin,
      "access-control-expose-headers": SHOWN,
    };
  };
  return {
    headersFor,
    preflight: (method, request) => {
      const wanted = request["access-control-request-method"];
      if (method !== "OPTIONS" || request["origin"] === undefined || wanted === undefined)
        return undefined;
      const isAllowed = "access-control-allow-origin" in headersFor(request);
      const allowed = {
        "access-control-allow-methods": wanted,
        "access-control-allow-headers": TAKEN,
        "access-control-max-age": SECONDS,
      };
      return { method: wanted, reply: { status: 204, headers: isAllowed ? allowed : {} } };
    },
  };
};
