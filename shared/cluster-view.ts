/**
 * The database servers as they are: what the topology says of them, how vtgate finds them, and
 * which of them the tablets port keeps.
 */
import type { Sql } from "./sql.ts";
import type { TabletType } from "./tablet-types.ts";
import type { ManagedTablet, TabletsDriver } from "./tablets-port.ts";
import type { Replication, Vtctld } from "./vtctld.ts";

export interface TabletView {
  /** As people know it, for example beijing-101. */
  readonly name: string;
  readonly alias: string;
  readonly dataCenter: string;
  readonly keyspace: string;
  readonly shard: string;
  readonly type: TabletType;
  /** vtgate would send it queries. */
  readonly isServing: boolean;
  /** Of a replica: both its threads run. */
  readonly isReplicating: boolean;
  /** Behind its primary, in seconds; null where nothing is known. */
  readonly lag: number | null;
  /** Of a primary: since when, in milliseconds since 1970. */
  readonly primarySince: number | null;
  /** host:port of its own pages and counters. */
  readonly webAddress: string;
}

export interface ClusterView {
  /** When it was looked, in milliseconds since 1970. */
  readonly at: number;
  readonly tablets: readonly TabletView[];
  readonly managed: readonly ManagedTablet[];
}

interface HealthRow {
  readonly Alias: string;
  readonly State: string;
  readonly TabletType: string;
}

interface ReplicationRow {
  readonly Alias: string;
  readonly ReplicationHealth: string;
  readonly ReplicationLag: string | number | null;
}

const toLag = (found: string | number | null | undefined): number | null => {
  const lag = Number(found ?? Number.NaN);
  return Number.isFinite(lag) && lag >= 0 ? lag : null;
};

const isReplicating = (health: string): boolean =>
  /"EventStreamRunning":"Yes"/.test(health) && /"EventApplierRunning":"Yes"/.test(health);

/** A vtgate asks only replicas of its own data center, and nobody while a shard has no primary. */
const hasAnswer = ({ ReplicationHealth: health }: ReplicationRow): boolean =>
  !/"EventStreamRunning":""/.test(health);

/** How those follow of whom vtgate does not know; by alias. */
const askThemselves = async (
  vtctld: Pick<Vtctld, "replication">,
  aliases: readonly string[],
): Promise<ReadonlyMap<string, Replication>> => {
  const found = await Promise.all(
    aliases.map(async (alias) => {
      const answer = await vtctld.replication(alias).catch(() => undefined);
      return answer === undefined ? [] : [[alias, answer] as const];
    }),
  );
  return new Map(found.flat());
};

export const readTablets = async (
  vtctld: Pick<Vtctld, "tablets" | "replication">,
  db: Pick<Sql, "query">,
): Promise<TabletView[]> => {
  const [records, health, replication] = await Promise.all([
    vtctld.tablets(),
    db.query<HealthRow>("show vitess_tablets"),
    db.query<ReplicationRow>("show vitess_replication_status").catch(() => []),
  ]);
  const answers = new Map(
    replication
      .filter(hasAnswer)
      .map((row) => [
        row.Alias,
        { isRunning: isReplicating(row.ReplicationHealth), lag: toLag(row.ReplicationLag) },
      ]),
  );
  const unknown = records.filter(({ alias, type }) => type === "REPLICA" && !answers.has(alias));
  const asked = await askThemselves(
    vtctld,
    unknown.map(({ alias }) => alias),
  );
  return records.map(({ alias, cell, uid, ...record }) => {
    const seen = health.find((row) => row.Alias === alias);
    const follows = answers.get(alias) ?? asked.get(alias);
    return {
      ...record,
      alias,
      name: `${cell}-${uid}`,
      dataCenter: cell,
      isServing: seen?.State === "SERVING" && seen.TabletType === record.type,
      isReplicating: follows?.isRunning === true,
      lag: follows?.lag ?? null,
    };
  });
};

export interface ViewDeps {
  readonly vtctld: Pick<Vtctld, "tablets" | "replication">;
  readonly db: Pick<Sql, "query">;
  readonly driver: Pick<TabletsDriver, "list">;
}

export const readView = async ({ vtctld, db, driver }: ViewDeps): Promise<ClusterView> => {
  const [tablets, managed] = await Promise.all([readTablets(vtctld, db), driver.list()]);
  return { at: Date.now(), tablets, managed };
};

export const shardName = ({ keyspace, shard }: { keyspace: string; shard: string }): string =>
  `${keyspace}/${shard}`;

/** From keyspace/shard to its two parts. */
export const splitShard = (name: string): { keyspace: string; shard: string } => {
  const [keyspace = "", shard = ""] = name.split("/");
  return { keyspace, shard };
};

/** Tablets of a shard, named as keyspace/shard. */
export const inShard = (view: ClusterView, name: string): TabletView[] =>
  view.tablets.filter((tablet) => shardName(tablet) === name);

/** The primary of a shard, named as keyspace/shard. */
export const primaryOf = (view: ClusterView, shard: string): TabletView | undefined =>
  inShard(view, shard).find(({ type }) => type === "PRIMARY");

/** Where tablets leave in an order: the name of the one whose turn is before this one's. */
export const findBefore = (view: ClusterView, name: string): string | undefined => {
  const own = view.managed.find((one) => one.name === name);
  const { rank } = own ?? {};
  if (own === undefined || rank === undefined) return undefined;
  return view.managed.find(
    (one) =>
      shardName(one) === shardName(own) &&
      one.dataCenter === own.dataCenter &&
      !one.isLeaving &&
      (one.rank ?? 0) > rank,
  )?.name;
};

/** One that serves; the record of one that is lost may still call it a primary. */
export const hasPrimary = (view: ClusterView, shard: string): boolean =>
  inShard(view, shard).some(({ type, isServing }) => type === "PRIMARY" && isServing);

/**
 * After a change of primary vtgate holds requests back at the next one only some seconds later
 * (--buffer-min-time-between-failovers); until then callers would see errors.
 */
const SETTLE_MS = 8_000;

/** Whether the shard's primary may be changed without anybody noticing. */
export const isSettled = (view: ClusterView, shard: string): boolean => {
  const primary = primaryOf(view, shard);
  return view.at - (primary?.primarySince ?? 0) >= SETTLE_MS;
};

/** What is said while it is not. */
export const SETTLING = "a change of primary is followed by another only after some seconds";

/** It serves, and follows its primary closely. */
export const isHealthyReplica = ({ type, isServing, isReplicating: follows, lag }: TabletView) =>
  type === "REPLICA" && isServing && follows && lag !== null && lag <= MOST_LAG_SECONDS;

/** It answers, and what it answers is as good as new. */
export const isUseful = (tablet: TabletView): boolean =>
  isHealthyReplica(tablet) || (tablet.type === "PRIMARY" && tablet.isServing);

/** More than this, and a replica is no candidate for anything. */
export const MOST_LAG_SECONDS = 5;

const byFitness =
  (dataCenter: string) =>
  (one: TabletView, other: TabletView): number =>
    Number(other.dataCenter === dataCenter) - Number(one.dataCenter === dataCenter) ||
    (one.lag ?? 0) - (other.lag ?? 0) ||
    one.name.localeCompare(other.name);

/** The healthy replicas of a shard: those in the data center first, then the least behind. */
export const candidates = (view: ClusterView, shard: string, dataCenter: string): TabletView[] =>
  inShard(view, shard).filter(isHealthyReplica).sort(byFitness(dataCenter));

/** Whom to copy from: rather a replica than the primary, which has other work. */
export const pickDonor = (
  view: ClusterView,
  shard: string,
  dataCenter: string,
): TabletView | undefined =>
  candidates(view, shard, dataCenter)[0] ??
  inShard(view, shard).find(({ type, isServing }) => type === "PRIMARY" && isServing);

/** Whom to take a backup of: far from the primary, where a disaster at home does not reach, and not the only one to follow. */
export const pickForBackup = (view: ClusterView, shard: string): string | undefined => {
  const primary = primaryOf(view, shard);
  const fit = candidates(view, shard, primary?.dataCenter ?? "");
  return fit.length < 2 ? undefined : fit.at(-1)?.name;
};
