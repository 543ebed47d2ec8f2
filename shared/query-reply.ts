/** Answers JSON with an entity tag, and 304 to a caller that has it already. */
import { isKnownTag, toTag } from "./entity-tag.ts";
import type { Reply } from "./respond.ts";

const TYPE = "application/json";

export const toJsonReply = (
  json: string,
  ifNoneMatch: string | undefined,
  tagOf: (body: Buffer) => string = toTag,
): Reply => {
  const body = Buffer.from(json);
  const tag = tagOf(body);
  // Keep it, but ask each time: rows change without notice.
  const headers = { etag: tag, "cache-control": "no-cache" };
  if (isKnownTag(ifNoneMatch, tag)) return { status: 304, headers };
  return { status: 200, body, headers: { ...headers, "content-type": TYPE } };
};
