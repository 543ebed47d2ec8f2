/**
 * Figures of each server, from the server itself: vttablet's counters, MySQL's status through
 * vtgate, and what the tablets port knows of the machine. A server that does not answer has none;
 * nobody waits for it longer than PATIENCE_MS.
 */
import { type ClusterView, shardName, type TabletView } from "#shared/cluster-view.ts";
import { countMissing } from "#shared/gtid-set.ts";
import type { Sql } from "#shared/sql.ts";
import type { TabletsDriver, TabletUsage } from "#shared/tablets-port.ts";
import type { FullStatus, Vtctld } from "#shared/vtctld.ts";
import { orNothing, PATIENCE_MS } from "./or-nothing.ts";
import { type TabletVars, toBuckets, toP99, toRates } from "./tablet-counters.ts";

export interface Figures {
  readonly usage: Omit<TabletUsage, "name"> | null;
  /** Over the last 10 s. */
  readonly queriesPerSecond: { readonly reads: number; readonly writes: number } | null;
  /** Of the queries since the last look; at first, since the server started. */
  readonly p99Milliseconds: number | null;
  readonly connections: number | null;
  readonly uptimeSeconds: number | null;
  /** Of MySQL. */
  readonly version: string | null;
  /** Transactions that it has and its primary has not. */
  readonly errantGtids: number | null;
}

export const NO_FIGURES: Figures = {
  usage: null,
  queriesPerSecond: null,
  p99Milliseconds: null,
  connections: null,
  uptimeSeconds: null,
  version: null,
  errantGtids: null,
};

export interface ReadFiguresDeps {
  readonly vtctld: Pick<Vtctld, "fullStatus">;
  readonly driver: Pick<TabletsDriver, "usage">;
  /** SQL on one server; see `toTarget`. */
  readonly target: (database: string) => Pick<Sql, "query">;
  /** Reads vttablet's counters from host:port. */
  readonly readVars: (webAddress: string, signal: AbortSignal) => Promise<TabletVars>;
}

/** vtgate's name for one server. */
export const toTarget = ({ keyspace, shard, type, alias }: TabletView): string =>
  `${keyspace}:${shard}@${type.toLowerCase()}|${alias}`;

const STATUS =
  "select variable_name as name, variable_value as value from performance_schema.global_status " +
  "where variable_name in ('Threads_connected', 'Uptime')";

/** Replicas first: what a primary has meanwhile got more is none of theirs. */
const readStatuses = async (
  vtctld: Pick<Vtctld, "fullStatus">,
  tablets: readonly TabletView[],
): Promise<Map<string, FullStatus>> => {
  const found = new Map<string, FullStatus>();
  const isPrimary = ({ type }: TabletView): boolean => type === "PRIMARY";
  for (const some of [tablets.filter((one) => !isPrimary(one)), tablets.filter(isPrimary)])
    await Promise.all(
      some.map(async ({ alias }) => {
        const status = await orNothing(vtctld.fullStatus(alias));
        if (status !== undefined) found.set(alias, status);
      }),
    );
  return found;
};

/** Null where one of the two does not answer. */
const countErrant = (
  tablet: TabletView,
  tablets: readonly TabletView[],
  statuses: ReadonlyMap<string, FullStatus>,
): number | null => {
  const shard = shardName(tablet);
  const primary = tablets.find((one) => one.type === "PRIMARY" && shardName(one) === shard);
  const own = statuses.get(tablet.alias);
  const known = statuses.get(primary?.alias ?? "");
  return own && known ? countMissing(own.executed, known.executed) : null;
};

const toQueryFigures = (
  vars: TabletVars | undefined,
  before: ReadonlyMap<number, number> = new Map(),
): Pick<Figures, "queriesPerSecond" | "p99Milliseconds"> =>
  vars === undefined
    ? { queriesPerSecond: null, p99Milliseconds: null }
    : { queriesPerSecond: toRates(vars), p99Milliseconds: toP99(toBuckets(vars), before) };

export const createReadFigures = ({ vtctld, driver, target, readVars }: ReadFiguresDeps) => {
  let lastBuckets = new Map<string, ReadonlyMap<number, number>>();

  const readStatus = async (tablet: TabletView): Promise<Map<string, number>> => {
    // vtgate does not send queries to others.
    if (!tablet.isServing) return new Map();
    const asked = target(toTarget(tablet)).query<{ name: string; value: string }>(STATUS);
    const rows = (await orNothing(asked)) ?? [];
    return new Map(rows.map(({ name, value }) => [name, Number(value)]));
  };

  return async ({ tablets }: Pick<ClusterView, "tablets">): Promise<Map<string, Figures>> => {
    const [usages, statuses] = await Promise.all([
      orNothing(driver.usage()),
      readStatuses(vtctld, tablets),
    ]);
    const buckets = new Map<string, ReadonlyMap<number, number>>();
    const readOne = async (tablet: TabletView): Promise<readonly [string, Figures]> => {
      const [vars, status] = await Promise.all([
        orNothing(readVars(tablet.webAddress, AbortSignal.timeout(PATIENCE_MS))),
        readStatus(tablet),
      ]);
      if (vars !== undefined) buckets.set(tablet.alias, toBuckets(vars));
      const figures: Figures = {
        ...toQueryFigures(vars, lastBuckets.get(tablet.alias)),
        usage: usages?.find(({ name }) => name === tablet.name) ?? null,
        connections: status.get("Threads_connected") ?? null,
        uptimeSeconds: status.get("Uptime") ?? null,
        version: statuses.get(tablet.alias)?.version ?? null,
        errantGtids: countErrant(tablet, tablets, statuses),
      };
      return [tablet.alias, figures];
    };
    const found = new Map(await Promise.all(tablets.map(readOne)));
    lastBuckets = buckets;
    return found;
  };
};
