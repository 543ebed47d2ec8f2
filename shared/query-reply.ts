/**
 * Answers JSON with an entity tag, and 304 to a caller that has it already. The tag is a digest of
 * the text: equal text, equal tag, whichever process or data center answered.
 */
import { hash } from "node:crypto";
import type { Reply } from "./respond.ts";

const TYPE = "application/json";

const isKnown = (ifNoneMatch: string | undefined, tag: string): boolean =>
  (ifNoneMatch ?? "")
    .split(",")
    .map((given) => given.trim().replace(/^W\//, ""))
    .some((given) => given === "*" || given === tag);

export const toJsonReply = (json: string, ifNoneMatch: string | undefined): Reply => {
  const body = Buffer.from(json);
  const tag = `"${hash("sha1", body, "base64url")}"`;
  // Keep it, but ask each time: rows change without notice.
  const headers = { etag: tag, "cache-control": "no-cache" };
  if (isKnown(ifNoneMatch, tag)) return { status: 304, headers };
  return { status: 200, body, headers: { ...headers, "content-type": TYPE } };
};
