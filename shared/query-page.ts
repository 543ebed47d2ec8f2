/**
 * One page of a list by keyset: each statement asks for what lies after the last row of the one
 * before, so that a page costs the same wherever it lies and nothing is lost or repeated while
 * rows come and go.
 *
 * 1. A page has at most `limit` items. It may have fewer and still go on: `next` alone tells
 *    whether there are more.
 * 2. It is cut at `LARGEST_PAGE` characters, so that no caller can make a function hold more.
 */

export const LARGEST_PAGE = 16 * 2 ** 20;

export interface PageRequest<Found, Position> {
  readonly limit: number;
  /** Rows that one statement may answer. */
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

/** The JSON of {items, next}. */
export const readPage = async <Found, Position>({
  limit,
  batch,
  after,
  fetch,
  positionOf,
  toItems,
  toNext,
}: PageRequest<Found, Position>): Promise<string> => {
  const parts: string[] = [];
  let position = after;
  let missing = limit;
  let size = 0;
  let hasMore = true;
  while (hasMore && missing > 0 && size < LARGEST_PAGE) {
    const count = Math.min(missing, batch);
    // One row more than wanted tells whether the list goes on.
    const found = await fetch(position, count + 1);
    const rows = found.slice(0, count);
    const last = rows.at(-1);
    if (last === undefined) break;
    hasMore = found.length > count;
    position = positionOf(last);
    missing -= rows.length;
    const json = toJson(await toItems(rows));
    size += json.length;
    parts.push(json);
  }
  const next = hasMore && parts.length > 0 && position !== undefined ? toNext(position) : null;
  return `{"items":[${parts.join(",")}],"next":${JSON.stringify(next)}}`;
};
