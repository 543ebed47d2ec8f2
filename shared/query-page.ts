/**
 * One page of a list by keyset: each statement asks for what lies after the last row of the one
 * before, so that a page costs the same wherever it lies and nothing is lost or repeated while
 * rows come and go.
 *
 * 1. A page has at most `limit` items. It may have fewer and still go on: `next` alone tells
 *    whether there are more.
 * 2. It is cut at `LARGEST_PAGE` characters, so that no caller can make a function hold more.
 * 3. The first statement asks for no more rows than fit into a message of vtgate at their largest.
 *    The next ask for more if rows turn out smaller; where that was too much, they go back.
 * 4. Where only some rows become items, each further statement looks at four times as many, and
 *    after `MOST_STATEMENTS` the page ends as it is.
 */
import { isProblem } from "./problem.ts";
import { LARGEST_MESSAGE } from "./query-rows.ts";

export const LARGEST_PAGE = 16 * 2 ** 20;
export const MOST_STATEMENTS = 6;
const MOST_ROWS = 5_000;
const LEAST_LOOKED_AT = 100;

export interface PageRequest<Found, Position> {
  readonly limit: number;
  /** Rows that one statement may answer however large they are. */
  readonly batch: number;
  readonly after: Position | undefined;
  /** Up to `count` rows after a position, in the list's order. */
  readonly fetch: (after: Position | undefined, count: number) => Promise<readonly Found[]>;
  readonly positionOf: (row: Found) => Position;
  /** An item for each row, undefined for a row that is left out. */
  readonly toItems: (rows: readonly Found[]) => Promise<readonly unknown[]> | readonly unknown[];
  /** Rows are left out. */
  readonly isThinned?: boolean;
  readonly toNext: (position: Position) => string;
}

/** The items' JSON without its brackets. */
const toJson = (items: readonly unknown[]): string => JSON.stringify(items).slice(1, -1);

/** A character may take three bytes, and rows to come may be larger than those seen. */
const BYTES_TO_RECKON_WITH = 4;

const rowsLikeThese = (characters: number, rows: number): number =>
  Math.floor((LARGEST_MESSAGE * rows) / (characters * BYTES_TO_RECKON_WITH));

const isTooLarge = (error: unknown): boolean => isProblem(error) && error.code === "too-large";

/** Asks for `count` rows, or for as many as surely fit. */
const fetchFitting = async <Found, Position>(
  { fetch, batch }: PageRequest<Found, Position>,
  after: Position | undefined,
  count: number,
): Promise<{ found: readonly Found[]; count: number }> => {
  // One row more than wanted tells whether the list goes on.
  try {
    return { found: await fetch(after, count + 1), count };
  } catch (error) {
    if (count <= batch || !isTooLarge(error)) throw error;
    return { found: await fetch(after, batch + 1), count: batch };
  }
};

/** The index after the last row that belongs on a page with room for `missing` items. */
const findEnd = (items: readonly unknown[], missing: number): number => {
  let room = missing;
  const last = items.findIndex((item) => {
    if (item !== undefined) room -= 1;
    return room === 0;
  });
  return last === -1 ? items.length : last + 1;
};

/** Rows to look at after so many statements: ever more, where few of them become items. */
const toNextCount = (missing: number, statements: number, isThinned: boolean): number =>
  isThinned ? Math.max(missing, LEAST_LOOKED_AT) * 4 ** statements : missing;

/** The JSON of {items, next}. */
export const readPage = async <Found, Position>(
  request: PageRequest<Found, Position>,
): Promise<string> => {
  const { limit, batch, positionOf, toItems, toNext, isThinned = false } = request;
  const parts: string[] = [];
  let position = request.after;
  let missing = limit;
  let most = Math.min(batch, MOST_ROWS);
  let size = 0;
  let hasMore = true;
  const isDone = (): boolean =>
    !hasMore ||
    missing === 0 ||
    size >= LARGEST_PAGE ||
    (isThinned && statements === MOST_STATEMENTS);
  let statements = 0;
  while (!isDone()) {
    const wanted = statements === 0 ? missing : toNextCount(missing, statements, isThinned);
    const { found, count } = await fetchFitting(request, position, Math.min(wanted, most));
    statements += 1;
    const items = await toItems(found.slice(0, count));
    const end = findEnd(items, missing);
    const last = found[end - 1];
    if (last === undefined) return `{"items":[${parts.join(",")}],"next":null}`;
    hasMore = found.length > end;
    position = positionOf(last);
    const kept = items.slice(0, end).filter((item) => item !== undefined);
    if (kept.length === 0) continue;
    missing -= kept.length;
    const json = toJson(kept);
    size += json.length;
    parts.push(json);
    if (!isThinned) most = Math.min(MOST_ROWS, Math.max(batch, rowsLikeThese(json.length, end)));
  }
  const next = hasMore && position !== undefined ? toNext(position) : null;
  return `{"items":[${parts.join(",")}],"next":${JSON.stringify(next)}}`;
};
