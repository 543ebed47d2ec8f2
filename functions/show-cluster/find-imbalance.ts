/** Names shards that have much more to hold or to do than the others of their keyspace. Pure. */
import { splitShard } from "#shared/cluster-view.ts";

export interface ShardLoad {
  readonly shard: string;
  /** Of the primary, all tables together. */
  readonly rows: number;
  readonly bytes: number;
  /** Of all its servers. */
  readonly queriesPerSecond: number;
}

export interface Imbalance {
  readonly kind: "skew" | "hot";
  readonly shard: string;
  /** In words. */
  readonly says: string;
}

/** So many times the mean of its keyspace is much. */
const MUCH = 1.5;
/** Below these, a difference means nothing. */
const TELLING_ROWS = 1_000;
const TELLING_QUERIES = 20;

const percent = (share: number): string => `${Math.round(100 * share)} %`;

const findIn = (
  shards: readonly ShardLoad[],
  { kind, of, least, name }: Measure,
): readonly Imbalance[] => {
  const total = shards.reduce((sum, shard) => sum + of(shard), 0);
  const even = 1 / shards.length;
  if (shards.length < 2 || total < least) return [];
  return shards
    .filter((shard) => of(shard) / total > MUCH * even)
    .map((shard) => ({
      kind,
      shard: shard.shard,
      says: `${shard.shard} has ${percent(of(shard) / total)} of the ${name} of its keyspace; even would be ${percent(even)}`,
    }));
};

interface Measure {
  readonly kind: Imbalance["kind"];
  readonly of: (shard: ShardLoad) => number;
  readonly least: number;
  readonly name: string;
}

const measures: readonly Measure[] = [
  { kind: "skew", of: ({ rows }) => rows, least: TELLING_ROWS, name: "rows" },
  {
    kind: "hot",
    of: ({ queriesPerSecond }) => queriesPerSecond,
    least: TELLING_QUERIES,
    name: "queries",
  },
];

export const findImbalance = (shards: readonly ShardLoad[]): Imbalance[] => {
  const keyspaces = new Set(shards.map(({ shard }) => splitShard(shard).keyspace));
  return [...keyspaces].flatMap((keyspace) => {
    const own = shards.filter(({ shard }) => splitShard(shard).keyspace === keyspace);
    return measures.flatMap((measure) => findIn(own, measure));
  });
};
