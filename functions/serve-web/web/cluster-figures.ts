/** What the cluster page reckons out of placement and servers. Pure. */
import type { Finding, Placement, Tablet } from "./api-types.ts";

export interface ShardFigures {
  readonly rows: number;
  readonly bytes: number;
  readonly queriesPerSecond: number;
  /** Of its keyspace, from 0 to 1. */
  readonly rowShare: number;
  readonly queryShare: number;
  readonly findings: readonly Finding[];
}

const keyspaceOf = (shard: string): string => shard.split("/")[0] ?? "";
const shareOf = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);

export const toShardFigures = (
  placement: Placement | undefined,
  shard: string,
): ShardFigures | undefined => {
  const own = placement?.shards.find((one) => one.shard === shard);
  if (placement === undefined || own === undefined) return undefined;
  const others = placement.shards.filter((one) => keyspaceOf(one.shard) === keyspaceOf(shard));
  const { rows, bytes, queriesPerSecond } = own;
  return {
    ...{ rows, bytes, queriesPerSecond },
    rowShare: shareOf(rows, sum(others.map((one) => one.rows))),
    queryShare: shareOf(queriesPerSecond, sum(others.map((one) => one.queriesPerSecond))),
    findings: placement.findings.filter((one) => one.shard === shard),
  };
};

export interface Held {
  readonly rows: number;
  readonly bytes: number;
  readonly copies: number;
}

/** What a data center has of a shard; undefined where nobody there answered. */
export const toHeld = (
  placement: Placement | undefined,
  shard: string,
  dataCenter: string,
): Held | undefined => {
  const items = (placement?.items ?? []).filter(
    (one) => one.shard === shard && one.dataCenter === dataCenter,
  );
  const [first] = items;
  if (first === undefined) return undefined;
  return {
    rows: sum(items.map(({ rows }) => rows)),
    bytes: sum(items.map(({ bytes }) => bytes)),
    copies: first.copies,
  };
};

export interface Totals {
  readonly servers: number;
  readonly serving: number;
  readonly shards: number;
  /** Shards whose primary serves. */
  readonly led: number;
  readonly queriesPerSecond: number;
  /** Of the primaries. */
  readonly rows: number;
  readonly bytes: number;
  /** The most that a replica is behind, in seconds. */
  readonly lag: number | null;
}

export const toTotals = (tablets: readonly Tablet[], placement: Placement | undefined): Totals => {
  const shards = new Set(tablets.map(({ shard }) => shard));
  const led = new Set(
    tablets
      .filter(({ role, state }) => role === "primary" && state === "serving")
      .map(({ shard }) => shard),
  );
  const lags = tablets.flatMap(({ lagSeconds }) => lagSeconds ?? []);
  const loads = placement?.shards ?? [];
  return {
    servers: tablets.length,
    serving: tablets.filter(({ state }) => state === "serving").length,
    shards: shards.size,
    led: led.size,
    queriesPerSecond: sum(
      tablets.map(({ queriesPerSecond: rates }) => (rates?.reads ?? 0) + (rates?.writes ?? 0)),
    ),
    rows: sum(loads.map(({ rows }) => rows)),
    bytes: sum(loads.map(({ bytes }) => bytes)),
    lag: lags.length === 0 ? null : Math.max(...lags),
  };
};
