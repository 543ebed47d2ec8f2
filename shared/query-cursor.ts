/**
 * Opaque cursors: where a page ended, as base64url of JSON. A cursor names its list with all
 * filters, so that one taken from another list is refused instead of answering a part of this one.
 * It is not signed: whoever forges one reads no more than the list shows anyway.
 */
import { z } from "zod";
import { Problem } from "./problem.ts";

/** The largest keyspace id. */
export const LAST_HOME = 2n ** 64n - 1n;

/** A keyspace id in a cursor. */
export const homeText = z
  .string()
  .refine((text) => /^\d{1,20}$/.test(text) && BigInt(text) <= LAST_HOME);

/** A key or a time in a cursor. */
export const wholeNumber = z.int().min(0);

const envelope = z.strictObject({ of: z.string(), after: z.unknown() });

export const toCursor = (list: string, after: unknown): string =>
  Buffer.from(JSON.stringify({ of: list, after })).toString("base64url");

const parseJson = (cursor: string): unknown => {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    return undefined;
  }
};

/** Where the page before ended; undefined for the first page. */
export const parseCursor = <S extends z.ZodType>(
  cursor: string | undefined,
  list: string,
  after: S,
): z.infer<S> | undefined => {
  if (cursor === undefined) return undefined;
  const opened = envelope.safeParse(parseJson(cursor));
  const position = after.safeParse(opened.data?.after);
  if (!opened.success || !position.success)
    throw new Problem("invalid-request", "cursor is not one that this API gave out", {
      field: "cursor",
    });
  if (opened.data.of !== list)
    throw new Problem("invalid-request", "cursor belongs to another list", { field: "cursor" });
  return position.data;
};
