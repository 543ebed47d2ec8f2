/**
 * The part of vtctld's gRPC interface that moves VReplication workflows and tablets. Described by
 * hand: a few messages of many hundred, with the numbers of Vitess's own proto files, which never
 * change.
 */
import {
  type Client,
  type ClientReadableStream,
  credentials,
  loadPackageDefinition,
  type ServiceError,
} from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";
import { Problem } from "./problem.ts";
import { toAlias } from "./tablet-alias.ts";

export interface Workflow {
  readonly name: string;
  /** Of its streams: Running, Copying, Stopped, Error, … */
  readonly states: readonly string[];
  /** What its streams complain of. */
  readonly messages: readonly string[];
}

export interface Materialization {
  readonly workflow: string;
  readonly keyspace: string;
  readonly query: string;
}

/** As Vitess numbers them. */
const tabletTypes = {
  1: "PRIMARY",
  2: "REPLICA",
  3: "RDONLY",
  4: "SPARE",
  5: "EXPERIMENTAL",
  6: "BACKUP",
  7: "RESTORE",
  8: "DRAINED",
} as const;
export type TabletType = (typeof tabletTypes)[keyof typeof tabletTypes] | "UNKNOWN";

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

export interface Reparent {
  readonly keyspace: string;
  readonly shard: string;
  /** Alias of the new primary. */
  readonly to: string;
  /** Alias of the primary that is to be replaced; if it is another by now, nothing is done. */
  readonly expected?: string;
}

export interface Vtctld {
  tablets(): Promise<TabletRecord[]>;
  /** Asks the tablet itself. */
  fullStatus(alias: string): Promise<FullStatus>;
  /** The planned way: the old primary hands over, and no write is lost. */
  reparent(wanted: Reparent): Promise<void>;
  /** DRAINED: it is no longer asked for reads, and cannot become primary. */
  changeType(alias: string, type: "REPLICA" | "DRAINED"): Promise<void>;
  /** Names of a shard's backups, the oldest first, unfinished ones too. */
  backups(keyspace: string, shard: string): Promise<string[]>;
  /** Takes a backup of a replica, which does not serve meanwhile; resolves once it is over. */
  backUp(alias: string): Promise<void>;
  removeBackup(keyspace: string, shard: string, name: string): Promise<void>;
  /** Forgets a tablet that has ended. */
  deleteTablet(alias: string): Promise<void>;
  workflows(keyspace: string): Promise<Workflow[]>;
  stopWorkflow(keyspace: string, workflow: string): Promise<void>;
  startWorkflow(keyspace: string, workflow: string): Promise<void>;
  /** Forgets the workflow, and keeps the rows that it has written. */
  deleteWorkflow(keyspace: string, workflow: string): Promise<void>;
  /** Copies what is there and then follows; the target table has the workflow's name. */
  materialize(materialization: Materialization): Promise<void>;
}

const TIMEOUT_MS = 30_000;
const BACKUP_TIMEOUT_MS = 24 * 60 * 60_000;
const STOPPED = 2;
const RUNNING = 4;
const IN_ORDER = 1;
/** For a replica to take what the old primary had. */
const HAND_OVER_SECONDS = 20;
/** How Vitess says "leave as it is" for lists. */
const UNCHANGED_CELLS = ["NULL"];
const UNCHANGED_TYPES = [-1];

const text = (id: number) => ({ type: "string", id });
const flag = (id: number) => ({ type: "bool", id });
const list = (type: string, id: number) => ({ rule: "repeated", type, id });
const empty = { fields: {} };
const method = (requestType: string, responseType: string) => ({ requestType, responseType });

const descriptor = {
  nested: {
    vtctlservice: {
      nested: {
        Vtctld: {
          methods: {
            GetWorkflows: method("GetWorkflowsRequest", "GetWorkflowsResponse"),
            WorkflowUpdate: method("WorkflowUpdateRequest", "Empty"),
            WorkflowDelete: method("WorkflowDeleteRequest", "Empty"),
            MaterializeCreate: method("MaterializeCreateRequest", "Empty"),
            GetTablets: method("GetTabletsRequest", "GetTabletsResponse"),
            GetFullStatus: method("GetFullStatusRequest", "GetFullStatusResponse"),
            PlannedReparentShard: method("PlannedReparentShardRequest", "Empty"),
            ChangeTabletType: method("ChangeTabletTypeRequest", "Empty"),
            GetBackups: method("GetBackupsRequest", "GetBackupsResponse"),
            Backup: { ...method("BackupRequest", "Empty"), responseStream: true },
            RemoveBackup: method("RemoveBackupRequest", "Empty"),
            DeleteTablets: method("DeleteTabletsRequest", "Empty"),
          },
        },
        Empty: empty,
        GetWorkflowsRequest: { fields: { keyspace: text(1) } },
        GetWorkflowsResponse: { fields: { workflows: list("Workflow", 1) } },
        Workflow: {
          fields: {
            name: text(1),
            shardStreams: { keyType: "string", type: "ShardStream", id: 5 },
          },
        },
        ShardStream: { fields: { streams: list("Stream", 1) } },
        Stream: { fields: { state: text(7), message: text(11) } },
        WorkflowUpdateRequest: {
          fields: { keyspace: text(1), tabletRequest: { type: "TabletRequest", id: 2 } },
        },
        TabletRequest: {
          fields: {
            workflow: text(1),
            cells: list("string", 2),
            tabletTypes: list("int32", 3),
            state: { type: "int32", id: 6, options: { proto3_optional: true } },
          },
        },
        WorkflowDeleteRequest: {
          fields: { keyspace: text(1), workflow: text(2), keepData: flag(3) },
        },
        MaterializeCreateRequest: { fields: { settings: { type: "Settings", id: 1 } } },
        Settings: {
          fields: {
            workflow: text(1),
            sourceKeyspace: text(2),
            targetKeyspace: text(3),
            tableSettings: list("TableSettings", 5),
            tabletTypes: text(7),
            tabletSelectionPreference: { type: "int32", id: 15 },
          },
        },
        TabletAlias: { fields: { cell: text(1), uid: { type: "uint32", id: 2 } } },
        Tablet: {
          fields: {
            alias: { type: "TabletAlias", id: 1 },
            hostname: text(2),
            portMap: { keyType: "string", type: "int32", id: 4 },
            keyspace: text(5),
            shard: text(6),
            type: { type: "int32", id: 8 },
            primaryTermStartTime: { type: "Time", id: 14 },
          },
        },
        Time: { fields: { seconds: { type: "int64", id: 1 } } },
        GetTabletsRequest: { fields: {} },
        GetTabletsResponse: { fields: { tablets: list("Tablet", 1) } },
        GetFullStatusRequest: { fields: { tabletAlias: { type: "TabletAlias", id: 1 } } },
        GetFullStatusResponse: { fields: { status: { type: "FullStatus", id: 1 } } },
        FullStatus: {
          fields: {
            replicationStatus: { type: "Position", id: 3 },
            primaryStatus: { type: "Position", id: 4 },
            version: text(6),
          },
        },
        Position: { fields: { position: text(1) } },
        Duration: { fields: { seconds: { type: "int64", id: 1 } } },
        PlannedReparentShardRequest: {
          fields: {
            keyspace: text(1),
            shard: text(2),
            newPrimary: { type: "TabletAlias", id: 3 },
            waitReplicasTimeout: { type: "Duration", id: 5 },
            allowCrossCellPromotion: flag(7),
            expectedPrimary: { type: "TabletAlias", id: 8 },
          },
        },
        ChangeTabletTypeRequest: {
          fields: { tabletAlias: { type: "TabletAlias", id: 1 }, dbType: { type: "int32", id: 2 } },
        },
        GetBackupsRequest: { fields: { keyspace: text(1), shard: text(2) } },
        GetBackupsResponse: { fields: { backups: list("BackupInfo", 1) } },
        BackupInfo: { fields: { name: text(1) } },
        BackupRequest: {
          fields: {
            tabletAlias: { type: "TabletAlias", id: 1 },
            concurrency: { type: "int32", id: 3 },
          },
        },
        RemoveBackupRequest: { fields: { keyspace: text(1), shard: text(2), name: text(3) } },
        DeleteTabletsRequest: { fields: { tabletAliases: list("TabletAlias", 1) } },
        TableSettings: { fields: { targetTable: text(1), sourceExpression: text(2) } },
      },
    },
  },
};

type Call = (
  request: object,
  options: { deadline: number },
  callback: (error: ServiceError | null, response: unknown) => void,
) => void;
type Calls = Client & Record<string, Call | undefined>;
type StreamCall = (request: object, options: { deadline: number }) => ClientReadableStream<unknown>;
type Service = new (address: string, credentials: ReturnType<typeof insecure>) => Calls;

const insecure = () => credentials.createInsecure();

const createClient = (address: string): Calls => {
  // The loader's types know neither maps nor methods without a comment.
  const json = descriptor as unknown as Parameters<typeof fromJSON>[0];
  const definition = fromJSON(json, { defaults: true, longs: Number });
  const root = loadPackageDefinition(definition) as unknown as {
    vtctlservice: { Vtctld: Service };
  };
  return new root.vtctlservice.Vtctld(address, insecure());
};

interface FoundWorkflow {
  readonly name: string;
  readonly shardStreams: Readonly<
    Record<string, { readonly streams: readonly { state: string; message: string }[] }>
  >;
}

const toWorkflow = ({ name, shardStreams }: FoundWorkflow): Workflow => {
  const streams = Object.values(shardStreams).flatMap((shard) => shard.streams);
  return {
    name,
    states: streams.map(({ state }) => state),
    messages: streams.map(({ message }) => message).filter((message) => message !== ""),
  };
};

interface FoundTablet {
  readonly alias: { readonly cell: string; readonly uid: number } | null;
  readonly hostname: string;
  readonly portMap: Readonly<Record<string, number>>;
  readonly keyspace: string;
  readonly shard: string;
  readonly type: number;
  readonly primaryTermStartTime: { readonly seconds: number } | null;
}

const fromAlias = (alias: string): { cell: string; uid: number } => {
  const at = alias.lastIndexOf("-");
  return { cell: alias.slice(0, at), uid: Number(alias.slice(at + 1)) };
};

const toTabletRecord = (tablet: FoundTablet): TabletRecord[] => {
  const { alias, hostname, portMap, keyspace, shard, primaryTermStartTime: term } = tablet;
  if (alias === null) return [];
  const { cell, uid } = alias;
  const type = (tabletTypes as Readonly<Record<number, TabletType>>)[tablet.type] ?? "UNKNOWN";
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

export const createVtctld = (address: string): Vtctld => {
  let client: Calls | undefined;
  const call = <T>(name: string, request: object): Promise<T> =>
    new Promise((resolve, reject) => {
      client ??= createClient(address);
      client[name]?.(request, { deadline: Date.now() + TIMEOUT_MS }, (error, response) => {
        if (error === null) resolve(response as T);
        else
          reject(
            new Problem("unavailable", `vtctld did not do ${name}`, {
              cause: error,
              because: error.details.slice(0, 300),
            }),
          );
      });
    });
  const toUnavailable = (name: string, cause: Error): Problem =>
    new Problem("unavailable", `vtctld did not do ${name}`, {
      cause,
      because: cause.message.slice(0, 300),
    });
  /** Reads a stream to its end; what comes on it is for people. */
  const drain = (name: string, request: object, timeoutMs: number): Promise<void> =>
    new Promise((resolve, reject) => {
      client ??= createClient(address);
      const start = client[name] as unknown as StreamCall;
      start
        .call(client, request, { deadline: Date.now() + timeoutMs })
        .on("data", () => {})
        .on("error", (error: Error) => reject(toUnavailable(name, error)))
        .on("end", resolve);
    });
  const setState = async (keyspace: string, workflow: string, state: number): Promise<void> => {
    const unchanged = { cells: UNCHANGED_CELLS, tabletTypes: UNCHANGED_TYPES };
    const tabletRequest = { workflow, ...unchanged, state };
    await call("WorkflowUpdate", { keyspace, tabletRequest });
  };
  return {
    tablets: async () => {
      const { tablets } = await call<{ tablets: FoundTablet[] }>("GetTablets", {});
      return tablets.flatMap(toTabletRecord);
    },
    fullStatus: async (alias) => {
      const request = { tabletAlias: fromAlias(alias) };
      const { status } = await call<{ status: FoundStatus }>("GetFullStatus", request);
      return toFullStatus(status);
    },
    reparent: async ({ keyspace, shard, to, expected }) => {
      await call("PlannedReparentShard", {
        ...{ keyspace, shard, newPrimary: fromAlias(to) },
        waitReplicasTimeout: { seconds: HAND_OVER_SECONDS },
        allowCrossCellPromotion: true,
        ...(expected === undefined ? {} : { expectedPrimary: fromAlias(expected) }),
      });
    },
    changeType: async (alias, type) => {
      const dbType = type === "DRAINED" ? 8 : 2;
      await call("ChangeTabletType", { tabletAlias: fromAlias(alias), dbType });
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
    deleteTablet: async (alias) => {
      await call("DeleteTablets", { tabletAliases: [fromAlias(alias)] });
    },
    workflows: async (keyspace) => {
      const { workflows } = await call<{ workflows: FoundWorkflow[] }>("GetWorkflows", {
        keyspace,
      });
      return workflows.map(toWorkflow);
    },
    stopWorkflow: (keyspace, workflow) => setState(keyspace, workflow, STOPPED),
    startWorkflow: (keyspace, workflow) => setState(keyspace, workflow, RUNNING),
    deleteWorkflow: async (keyspace, workflow) => {
      await call("WorkflowDelete", { keyspace, workflow, keepData: true });
    },
    materialize: async ({ workflow, keyspace, query }) => {
      const settings = {
        workflow,
        sourceKeyspace: keyspace,
        targetKeyspace: keyspace,
        tableSettings: [{ targetTable: workflow, sourceExpression: query }],
        // From replicas where there are any: reading a primary would cost its writers.
        tabletTypes: "replica,primary",
        tabletSelectionPreference: IN_ORDER,
      };
      await call("MaterializeCreate", { settings });
    },
  };
};
