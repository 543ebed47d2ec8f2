/**
 * Arithmetic on key ranges in Vitess's spelling: "-80", "40-80", "c0-", "-" or "0" for everything.
 * A bound is the beginning of a keyspace id in hexadecimal; what is missing counts as zeros, and a
 * missing upper bound is the end of the space. Pure; keyspace ids are bigint here and decimal
 * strings elsewhere.
 */

/** Keyspace ids from `from` up to, and without, `to`. */
export interface KeyRange {
  readonly from: bigint;
  readonly to: bigint;
}

const END = 1n << 64n;

const parseBound = (hex: string, missing: bigint, name: string): bigint => {
  if (hex === "") return missing;
  if (!/^([0-9a-f]{2}){1,8}$/.test(hex)) throw new Error(`not a key range: ${name}`);
  return BigInt(`0x${hex.padEnd(16, "0")}`);
};

export const parseKeyRange = (name: string): KeyRange => {
  if (name === "0") return { from: 0n, to: END };
  const [low, high, ...rest] = name.split("-");
  if (low === undefined || high === undefined || rest.length > 0)
    throw new Error(`not a key range: ${name}`);
  const range = { from: parseBound(low, 0n, name), to: parseBound(high, END, name) };
  if (range.from >= range.to) throw new Error(`an empty key range: ${name}`);
  return range;
};

export const isInRange = ({ from, to }: KeyRange, home: bigint): boolean =>
  home >= from && home < to;

export const doRangesMeet = (one: KeyRange, other: KeyRange): boolean =>
  one.from < other.to && other.from < one.to;

/** Cuts a range into `count` neighbours of nearly equal width, for statements of bounded size. */
export const sliceRange = ({ from, to }: KeyRange, count: number): KeyRange[] =>
  Array.from({ length: count }, (_, index) => ({
    from: from + ((to - from) * BigInt(index)) / BigInt(count),
    to: from + ((to - from) * BigInt(index + 1)) / BigInt(count),
  })).filter((slice) => slice.from < slice.to);

export interface ShardMap {
  /** In the order of their ranges. */
  readonly names: readonly string[];
  /** The index in `names` of the shard that owns a keyspace id. */
  indexOf(home: bigint): number;
  /** The name of the shard that owns a keyspace id. */
  ownerOf(home: bigint): string;
}

/** Takes the serving shards of a keyspace; they have to cover the whole space once. */
export const createShardMap = (names: readonly string[]): ShardMap => {
  const shards = names
    .map((name) => ({ name, ...parseKeyRange(name) }))
    .sort((one, other) => (one.from < other.from ? -1 : 1));
  let end = 0n;
  for (const { name, from, to } of shards) {
    if (from !== end) throw new Error(`the shards ${names.join(", ")} leave a gap before ${name}`);
    end = to;
  }
  if (end !== END) throw new Error(`the shards ${names.join(", ")} do not reach the end`);
  const sorted = shards.map(({ name }) => name);
  const indexOf = (home: bigint): number => shards.findLastIndex(({ from }) => home >= from);
  return { names: sorted, indexOf, ownerOf: (home) => sorted[indexOf(home)] ?? "" };
};
