/** Where a shard is cut, and what its halves are called. Pure. */
import type { PlacementMap } from "./placement.ts";
import { parseKeyRange } from "./shards.ts";

const BITS = 64n;

/** As Vitess spells a bound: hexadecimal without the zeros at its end. */
const toBound = (at: bigint): string => {
  if (at === 0n || at === 1n << BITS) return "";
  const hex = at
    .toString(16)
    .padStart(16, "0")
    .replace(/(00)+$/, "");
  return hex;
};

const toName = (from: bigint, to: bigint): string => `${toBound(from)}-${toBound(to)}`;

/** Where the ranges of the placement map begin and end: each region and each category. */
const boundariesOf = ({ users, articles, ranks }: PlacementMap): bigint[] =>
  [users, articles, ranks]
    .flatMap((ranges) => Object.values(ranges))
    .flatMap((name) => {
      const { from, to } = parseKeyRange(name);
      return [from, to];
    });

const distance = (one: bigint, other: bigint): bigint => (one > other ? one - other : other - one);

/**
 * The names of the two halves. Without `at` the cut is where a region or category begins, as near to
 * the middle as there is one, or in the middle. Undefined where `at` is not inside the shard.
 */
export const cutShard = (
  shard: string,
  map: PlacementMap,
  at?: string,
): readonly [string, string] | undefined => {
  const { from, to } = parseKeyRange(shard);
  const isInside = (cut: bigint): boolean => cut > from && cut < to;
  const middle = (from + to) / 2n;
  const [nearest = middle] = boundariesOf(map)
    .filter(isInside)
    .sort((one, other) => (distance(one, middle) < distance(other, middle) ? -1 : 1));
  const cut = at === undefined ? nearest : parseKeyRange(`${at}-`).from;
  return isInside(cut) ? [toName(from, cut), toName(cut, to)] : undefined;
};

/** The first cut that a range needs to become a shard of its own; undefined where it is one. */
export const cutFor = (range: string, shard: string): string | undefined => {
  const wanted = parseKeyRange(range);
  const { from, to } = parseKeyRange(shard);
  const cuts = [wanted.from, wanted.to].filter((cut) => cut > from && cut < to);
  return cuts[0] === undefined ? undefined : toBound(cuts[0]);
};
