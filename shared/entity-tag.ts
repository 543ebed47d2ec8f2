/**
 * Entity tags: a digest of the text, equal for equal text, whichever process or data center
 * answered. Where a part of an answer changes by itself (an article's counts), it has a digest of
 * its own behind a dot: If-Match goes by the first alone, so that readers do not keep writers out.
 */
import { hash } from "node:crypto";
import { Problem } from "./problem.ts";

const digest = (text: string | Buffer): string => hash("sha1", text, "base64url");

export const toTag = (text: string | Buffer, beside?: string): string =>
  `"${beside === undefined ? digest(text) : `${digest(text)}.${digest(beside)}`}"`;

const parseTags = (header: string | undefined): string[] =>
  (header ?? "").split(",").map((given) => given.trim());

/** Whether the caller has it already. */
export const isKnownTag = (ifNoneMatch: string | undefined, tag: string): boolean =>
  parseTags(ifNoneMatch).some((given) => given === "*" || given.replace(/^W\//, "") === tag);

const firstPart = (tag: string): string => tag.replace(/\.[^.]*"$/, '"');

/** Throws a Problem where the caller has seen another state than this one. */
export const checkIfMatch = (ifMatch: string | undefined, tag: string): void => {
  if (ifMatch === undefined) return;
  const isMatch = parseTags(ifMatch).some(
    (given) => given === "*" || firstPart(given) === firstPart(tag),
  );
  if (!isMatch)
    throw new Problem("precondition-failed", "it has changed since: read it again", {
      field: "If-Match",
      headers: { etag: tag },
    });
};
