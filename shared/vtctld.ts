/** Vitess's control plane: tablets, shards and keyspaces, and the workflows between them. */
import { fromAlias, toAlias } from "./tablet-alias.ts";
import { type TabletType, toTabletType, toTypeNumber } from "./tablet-types.ts";
import { parseVtctldAddress } from "./vtctld-address.ts";
import { createVtctldCalls } from "./vtctld-calls.ts";
import { createVtctldWorkflows, type VtctldWorkflows } from "./vtctld-workflows.ts";
import { withoutSleep } from "./without-sleep.ts";

/** A tablet as the topology has it. */
export interface TabletRecord {
  /** For example beijing-0000000101. */
  readonly alias: string;
  readonly cell: string;
  readonly uid: number;
  readonly keyspace: string;
  readonly shard: string;
  readonly type: TabletType;
  /** Of a primary: since when, in milliseconds since 1970. */
  readonly primarySince: number | null;
  /** Where it answers people: host:port of its pages and counters. */
  readonly webAddress: string;
}

/** What a tablet says of its MySQL. */
export interface FullStatus {
  /** For example 8.4.6. */
  readonly version: string;
  /** Every transaction that it has, such as `uuid:1-5:7`. */
  readonly executed: string;
}

/** How a replica follows its primary. */
export interface Replication {
  /** Both its threads run. */
  readonly isRunning: boolean;
  /** Behind its primary, in seconds. */
  readonly lag: number | null;
}

/** A shard as the topology has it. */
export interface ShardRecord {
  /** For example -80. */
  readonly name: string;
  /** Alias of its primary, if it has one. */
  readonly primary: string | null;
  /** It is part of its keyspace, and not about to become so or left over. */
  readonly isServing: boolean;
}

export interface Reparent {
  readonly keyspace: string;
  readonly shard: string;
  /** Alias of the new primary. */
  readonly to: string;
  /** Alias of the primary that is to be replaced; if it is another by now, nothing is done. */
  readonly expected?: string;
}

export interface EmergencyReparent {
  readonly keyspace: string;
  readonly shard: string;
  /** Alias of the new primary; where it is not given, the one that has most. */
  readonly to: string | undefined;
  /** Aliases of those that cannot be asked. */
  readonly ignored: readonly string[];
}

/** Values as text; null is NULL. */
export type ResultRow = readonly (string | null)[];

export interface Vtctld extends VtctldWorkflows {
  tablets(): Promise<TabletRecord[]>;
  /** Asks the tablet itself. */
  fullStatus(alias: string): Promise<FullStatus>;
  /** Asks a replica itself how it follows; whoever does not answer soon does not. */
  replication(alias: string): Promise<Replication>;
  shards(keyspace: string): Promise<ShardRecord[]>;
  /** Forgets a shard without tablets that does not serve. */
  deleteShard(keyspace: string, shard: string): Promise<void>;
  durability(keyspace: string): Promise<string>;
  setDurability(keyspace: string, policy: string): Promise<void>;
  /** The planned way: the old primary hands over, and no write is lost. */
  reparent(wanted: Reparent): Promise<void>;
  /** Without the old primary. */
  emergencyReparent(wanted: EmergencyReparent): Promise<void>;
  /** DRAINED: it is no longer asked for reads, and cannot become primary. */
  changeType(alias: string, type: "REPLICA" | "DRAINED"): Promise<void>;
  /** One statement on one tablet's MySQL, past vtgate and every check. */
  execute(alias: string, sql: string): Promise<ResultRow[]>;
  /** One statement on a tablet's own VReplication streams, which it follows at once. */
  steer(alias: string, sql: string): Promise<void>;
  /** Names of a shard's backups, the oldest first, unfinished ones too. */
  backups(keyspace: string, shard: string): Promise<string[]>;
  /** Takes a backup of a replica, which does not serve meanwhile; resolves once it is over. */
  backUp(alias: string): Promise<void>;
  removeBackup(keyspace: string, shard: string, name: string): Promise<void>;
  /** Forgets a tablet that has ended. */
  deleteTablet(alias: string, options?: { readonly evenPrimary: boolean }): Promise<void>;
}

const BACKUP_TIMEOUT_MS = 24 * 60 * 60_000;
/** For a replica to take what the old primary had. */
const HAND_OVER_SECONDS = 20;
const EMERGENCY_SECONDS = 15;
const EMERGENCY_TIMEOUT_MS = 60_000;
const MOST_ROWS = 1_000;
const ANSWER_TIMEOUT_MS = 3_000;
/** Of a replication thread, as Vitess numbers it. */
const RUNNING = 3;

interface FoundAlias {
  readonly cell: string;
  readonly uid: number;
}

interface FoundTablet {
  readonly alias: FoundAlias | null;
  readonly hostname: string;
  readonly portMap: Readonly<Record<string, number>>;
  readonly keyspace: string;
  readonly shard: string;
  readonly type: number;
  readonly primaryTermStartTime: { readonly seconds: number } | null;
}

const toTabletRecord = (tablet: FoundTablet): TabletRecord[] => {
  const { alias, hostname, portMap, keyspace, shard, primaryTermStartTime: term } = tablet;
  if (alias === null) return [];
  const { cell, uid } = alias;
  const type = toTabletType(tablet.type);
  const primarySince = type === "PRIMARY" && term !== null ? term.seconds * 1_000 : null;
  const webAddress = `${hostname}:${portMap["vt"] ?? 0}`;
  return [
    { alias: toAlias(cell, uid), cell, uid, keyspace, shard, type, primarySince, webAddress },
  ];
};

interface FoundStatus {
  readonly version: string;
  readonly primaryStatus: { readonly position: string } | null;
  readonly replicationStatus: { readonly position: string } | null;
}

/** Positions name the kind of MySQL first: MySQL56/uuid:1-5. */
const toFullStatus = ({ version, primaryStatus, replicationStatus }: FoundStatus): FullStatus => ({
  // "/usr/sbin/mysqld  Ver 8.4.6 for Linux …" where MySQL itself was asked.
  version: /\d+\.\d+\.\d+/.exec(version)?.[0] ?? version,
  executed: (primaryStatus?.position || replicationStatus?.position || "").replace(/^.*\//, ""),
});

interface FoundReplication {
  readonly ioState: number;
  readonly sqlState: number;
  readonly replicationLagSeconds: number;
  readonly replicationLagUnknown: boolean;
}

const toReplication = (found: FoundReplication | null): Replication => ({
  isRunning: found?.ioState === RUNNING && found.sqlState === RUNNING,
  lag: found === null || found.replicationLagUnknown ? null : found.replicationLagSeconds,
});

interface FoundShard {
  readonly name: string;
  readonly shard: {
    readonly primaryAlias: FoundAlias | null;
    readonly isPrimaryServing: boolean;
  } | null;
}

const toShardRecord = ({ name, shard }: FoundShard): ShardRecord => {
  const alias = shard?.primaryAlias ?? null;
  return {
    name,
    primary: alias === null ? null : toAlias(alias.cell, alias.uid),
    isServing: shard?.isPrimaryServing === true,
  };
};

interface FoundRow {
  readonly lengths: readonly number[];
  /** One value after the other. */
  readonly values: Buffer;
}

const toResultRow = ({ lengths, values }: FoundRow): ResultRow => {
  let at = 0;
  return lengths.map((length) => {
    if (length < 0) return null;
    at += length;
    return values.toString("utf8", at - length, at);
  });
};

/** `address` as VTCTLD_ADDRESS has it. */
export const createVtctld = (address: string): Vtctld => {
  const parsed = parseVtctldAddress(address);
  const calls = createVtctldCalls(parsed);
  const { call, drain } = calls;
  const tablets = async (): Promise<TabletRecord[]> => {
    const { tablets: found } = await call<{ tablets: FoundTablet[] }>("GetTablets", {});
    return found.flatMap(toTabletRecord);
  };
  const execute = async (alias: string, query: string): Promise<ResultRow[]> => {
    const { result } = await call<{ result: { rows: FoundRow[] } | null }>("ExecuteFetchAsDBA", {
      ...{ tabletAlias: fromAlias(alias), query, maxRows: MOST_ROWS },
      reloadSchema: /^create table/i.test(query),
    });
    return (result?.rows ?? []).map(toResultRow);
  };
  return {
    ...createVtctldWorkflows(calls),
    tablets,
    fullStatus: async (alias) => {
      const request = { tabletAlias: fromAlias(alias) };
      const { status } = await call<{ status: FoundStatus }>("GetFullStatus", request);
      return toFullStatus(status);
    },
    shards: async (keyspace) => {
      const { shards } = await call<{ shards: Readonly<Record<string, FoundShard>> }>(
        "FindAllShardsInKeyspace",
        { keyspace },
      );
      return Object.values(shards).map(toShardRecord);
    },
    deleteShard: async (keyspace, shard) => {
      await call("DeleteShards", { shards: [{ keyspace, name: shard }] });
    },
    durability: async (name) => {
      const { keyspace } = await call<{ keyspace: { keyspace: { durabilityPolicy: string } } }>(
        "GetKeyspace",
        { keyspace: name },
      );
      return keyspace.keyspace.durabilityPolicy;
    },
    setDurability: async (keyspace, durabilityPolicy) => {
      await call("SetKeyspaceDurabilityPolicy", { keyspace, durabilityPolicy });
    },
    replication: async (alias) => {
      const { status } = await call<{ status: { replicationStatus: FoundReplication | null } }>(
        "GetFullStatus",
        { tabletAlias: fromAlias(alias) },
        ANSWER_TIMEOUT_MS,
      );
      return toReplication(status.replicationStatus);
    },
    reparent: async ({ keyspace, shard, to, expected }) => {
      const request = {
        ...{ keyspace, shard, newPrimary: fromAlias(to) },
        waitReplicasTimeout: { seconds: HAND_OVER_SECONDS },
        allowCrossCellPromotion: true,
        ...(expected === undefined ? {} : { expectedPrimary: fromAlias(expected) }),
      };
      const handOver = () => call("PlannedReparentShard", request);
      const change = { keyspace, shard, from: expected ?? "", to };
      await (expected === undefined
        ? handOver()
        : withoutSleep({ tablets, execute }, change, handOver));
    },
    emergencyReparent: async ({ keyspace, shard, to, ignored }) => {
      const request = {
        ...{ keyspace, shard, ...(to === undefined ? {} : { newPrimary: fromAlias(to) }) },
        ignoreReplicas: ignored.map(fromAlias),
        waitReplicasTimeout: { seconds: EMERGENCY_SECONDS },
      };
      // vtorc tries too, and holds the shard's lock meanwhile.
      await call("EmergencyReparentShard", request, EMERGENCY_TIMEOUT_MS);
    },
    changeType: async (alias, type) => {
      await call("ChangeTabletType", { tabletAlias: fromAlias(alias), dbType: toTypeNumber(type) });
    },
    execute,
    steer: async (alias, query) => {
      const { tablets } = await call<{ tablets: FoundTablet[] }>("GetTablets", {});
      const found = tablets.find(({ alias: own }) => own && toAlias(own.cell, own.uid) === alias);
      const tablet = createVtctldCalls(
        { ...parsed, target: `${found?.hostname}:${found?.portMap["grpc"] ?? 0}` },
        "tablet",
      );
      await tablet.call("VReplicationExec", { query }).finally(() => tablet.close());
    },
    backups: async (keyspace, shard) => {
      const { backups } = await call<{ backups: { name: string }[] }>("GetBackups", {
        ...{ keyspace, shard },
      });
      return backups.map(({ name }) => name).sort();
    },
    backUp: (alias) =>
      drain("Backup", { tabletAlias: fromAlias(alias), concurrency: 2 }, BACKUP_TIMEOUT_MS),
    removeBackup: async (keyspace, shard, name) => {
      await call("RemoveBackup", { keyspace, shard, name });
    },
    deleteTablet: async (alias, { evenPrimary } = { evenPrimary: false }) => {
      await call("DeleteTablets", { tabletAliases: [fromAlias(alias)], allowPrimary: evenPrimary });
    },
  };
};
