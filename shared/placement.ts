/**
 * Where a row lives. Each value of a table's placing field (region, category, granularity) owns a
 * contiguous range of keyspace ids, and a hash of the row's key spreads its rows inside the range.
 *
 * 1. Pure: the map comes from `global.placement_map`, versioned.
 * 2. hash64 and the scaling never change: stored homes depend on them.
 * 3. A read has no range of its own: it takes its home from its user.
 */
import { Problem } from "./problem.ts";
import { type KeyRange, parseKeyRange } from "./shards.ts";

export type PlacedTable = "users" | "articles" | "ranks";

/** By table and value, a key range in Vitess's spelling. */
export interface PlacementMap {
  readonly version: number;
  readonly users: Readonly<Record<string, string>>;
  readonly articles: Readonly<Record<string, string>>;
  readonly ranks: Readonly<Record<string, string>>;
}

export const FIRST_PLACEMENT: PlacementMap = {
  version: 1,
  users: { Beijing: "40-80", "Hong Kong": "80-c0" },
  articles: { science: "00-40", technology: "c0-" },
  ranks: { daily: "40-80", weekly: "80-c0", monthly: "80-c0" },
};

/** The field whose value places a row, as its users call it. */
export const placingField: Readonly<Record<PlacedTable, string>> = {
  users: "region",
  articles: "category",
  ranks: "temporalGranularity",
};

/** Categories whose articles, with what derives from their reads, are served in every data center. */
export const servedEverywhere: readonly string[] = ["science"];

/** The finaliser of splitmix64: a bijection on 64 bits that spreads neighbouring keys. */
export const hash64 = (key: bigint): bigint => {
  let z = BigInt.asUintN(64, key + 0x9e3779b97f4a7c15n);
  z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return z ^ (z >> 31n);
};

/** Where the directories keep a key: a look-up by key alone still knows its shard. */
export const slot = (key: number): bigint => hash64(BigInt(key));

export const isPlaced = (map: PlacementMap, table: PlacedTable, value: string): boolean =>
  Object.hasOwn(map[table], value);

const keyRangeOf = (map: PlacementMap, table: PlacedTable, value: string): KeyRange => {
  const name = isPlaced(map, table, value) ? map[table][value] : undefined;
  if (name !== undefined) return parseKeyRange(name);
  const field = placingField[table];
  const known = Object.keys(map[table]).join(", ");
  throw new Problem("unprocessable", `unknown ${field} ${value.slice(0, 60)}; known: ${known}`, {
    field,
  });
};

const spread = ({ from, to }: KeyRange, key: number): bigint =>
  from + ((hash64(BigInt(key)) * (to - from)) >> 64n);

/** The keyspace id of the row with this value in its placing field and this key. */
export const placement = (
  map: PlacementMap,
  table: PlacedTable,
  value: string,
  key: number,
): bigint => spread(keyRangeOf(map, table, value), key);

/** The same for many rows: looks each value's range up once. Undefined for an unknown value. */
export const createPlacer = (
  map: PlacementMap,
  table: PlacedTable,
): ((value: string, key: number) => bigint | undefined) => {
  const ranges = new Map(
    Object.entries(map[table]).map(([value, name]) => [value, parseKeyRange(name)]),
  );
  return (value, key) => {
    const range = ranges.get(value);
    return range === undefined ? undefined : spread(range, key);
  };
};

/** Bounds for `home BETWEEN low AND high`, both included: only so does vtgate prune shards. */
export const rangeOf = (
  map: PlacementMap,
  table: PlacedTable,
  value: string,
): { low: bigint; high: bigint } => {
  const { from, to } = keyRangeOf(map, table, value);
  return { low: from, high: to - 1n };
};
