/**
 * Sets of MySQL's transactions, as MySQL writes them: `uuid:1-5:7,uuid:tag:1-3`. Pure.
 */

/** First and last number, both included. */
type Interval = readonly [number, number];

const toInterval = (text: string): Interval => {
  const [from = "0", to = from] = text.split("-");
  return [Number(from), Number(to)];
};

/** By origin: a server's uuid, with the tag where there is one. */
const parse = (text: string): Map<string, Interval[]> => {
  const found = new Map<string, Interval[]>();
  for (const part of text.split(",")) {
    const [uuid = "", ...pieces] = part.trim().split(":");
    let origin = uuid;
    for (const piece of pieces) {
      if (!/^\d/.test(piece)) {
        origin = `${uuid}:${piece}`;
        continue;
      }
      found.set(origin, [...(found.get(origin) ?? []), toInterval(piece)]);
    }
  }
  return found;
};

/** How many numbers of the interval are in none of the others, which do not overlap. */
const countOutside = ([from, to]: Interval, others: readonly Interval[]): number => {
  let count = to - from + 1;
  for (const [low, high] of others)
    count -= Math.max(0, Math.min(to, high) - Math.max(from, low) + 1);
  return count;
};

/** How many transactions of `one` are not in `other`. */
export const countMissing = (one: string, other: string): number => {
  const known = parse(other);
  let count = 0;
  for (const [origin, intervals] of parse(one))
    for (const interval of intervals) count += countOutside(interval, known.get(origin) ?? []);
  return count;
};
