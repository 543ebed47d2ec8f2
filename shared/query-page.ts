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
 */
import { isProblem } from "./problem.ts";
import { LARGEST_MESSAGE } from "./query-rows.ts";

export const LARGEST_PAGE = 16 * 2 ** 20;

export interface PageRequest<Found, Position> {
  readonly limit: number;
  /** Rows that one statement may answer however large they are. */
  readonly batch: number;
  readonly after: Position | undefined;
  /** Up to `count` rows after a position, in the list's order. */
  readonly fetch: (after: Position | undefined, count: number) => Promise<readonly Found[]>;
  readonly positionOf: (row: Found) => Position;
  readonly toItems: (rows: readonly Found[]) => Promise<readonly unknown[]> | readonly unknown[];
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

/** The JSON of {items, next}. */
export const readPage = async <Found, Position>(
  request: PageRequest<Found, Position>,
): Promise<string> => {
  const { limit, batch, positionOf, toItems, toNext } = request;
  const parts: string[] = [];
  let position = request.after;
  let missing = limit;
  let most = batch;
  let size = 0;
  let hasMore = true;
  while (hasMore && missing > 0 && size < LARGEST_PAGE) {
    const { found, count } = await fetchFitting(request, position, Math.min(missing, most));
    const rows = found.slice(0, count);
    const last = rows.at(-1);
    if (last === undefined) break;
    hasMore = found.length > count;
    position = positionOf(last);
    missing -= rows.length;
    const json = toJson(await toItems(rows));
    size += json.length;
    parts.push(json);
    most = Math.max(batch, rowsLikeThese(json.length, rows.length));
  }
  const next = hasMore && parts.length > 0 && position !== undefined ? toNext(position) : null;
  return `{"items":[${parts.join(",")}],"next":${JSON.stringify(next)}}`;
};
