/** VReplication workflows through vtctld: derived tables that follow, and shards that become others. */
import { dataCenter } from "./tablet-requests.ts";
import { toTypeNumber } from "./tablet-types.ts";
import type { VtctldCalls } from "./vtctld-calls.ts";

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

/** A workflow that copies shards into others, which then take their place. */
export interface Reshard {
  readonly workflow: string;
  readonly keyspace: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
}

export interface WorkflowStatus {
  readonly rowsCopied: number;
  /** As the source's statistics have it: more or less. */
  readonly rowsTotal: number;
  readonly areReadsSwitched: boolean;
}

export interface Switch {
  readonly keyspace: string;
  readonly workflow: string;
  readonly what: "reads" | "writes" | "both";
  readonly direction: "forward" | "back";
}

export interface VtctldWorkflows {
  workflows(keyspace: string): Promise<Workflow[]>;
  /** On all shards, or on some. */
  stopWorkflow(keyspace: string, workflow: string, shards?: readonly string[]): Promise<void>;
  startWorkflow(keyspace: string, workflow: string, shards?: readonly string[]): Promise<void>;
  /** Forgets the workflow, and keeps the rows that it has written. */
  deleteWorkflow(keyspace: string, workflow: string): Promise<void>;
  /** Copies what is there and then follows; the target table has the workflow's name. */
  materialize(materialization: Materialization): Promise<void>;
  /** Copies into shards that have the tables already, and then follows. */
  reshard(reshard: Reshard): Promise<void>;
  workflowStatus(keyspace: string, workflow: string): Promise<WorkflowStatus>;
  /** Compares every row of a Reshard, in the background; `_vt.vdiff` on the targets tells. */
  compare(keyspace: string, workflow: string, uuid: string): Promise<void>;
  /** Writes wait until all rows are across; then the others serve, and are followed in reverse. */
  switchTraffic(wanted: Switch): Promise<void>;
  /** Forgets a Reshard that has been switched, with its streams; the old shards stay. */
  completeReshard(keyspace: string, workflow: string): Promise<void>;
}

const STOPPED = 2;
const RUNNING = 4;
const IN_ORDER = 1;
/** How Vitess says "leave as it is" for lists. */
const UNCHANGED_CELLS = ["NULL"];
const UNCHANGED_TYPES = [-1];
/**
 * Where streams look for a source. Without it only where their own primary is, whose only server may
 * be made anew.
 */
const CELLS = dataCenter.options;
/** From replicas where there are any: reading a primary would cost its writers. */
const REPLICAS_FIRST = {
  tabletTypes: [toTypeNumber("REPLICA"), toTypeNumber("PRIMARY")],
  tabletSelectionPreference: IN_ORDER,
};
/** Writes wait so long at most for the last rows to come across; else nothing is switched. */
const CATCH_UP_SECONDS = 8;
/** A switch has several steps, some of which wait for every server of a shard. */
const SWITCH_TIMEOUT_MS = 90_000;
const CREATE_TIMEOUT_MS = 60_000;
const MOST_ROWS = Number.MAX_SAFE_INTEGER;
const SNAPSHOT_SECONDS = 60;

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

interface FoundStatus {
  readonly tableCopyState: Readonly<Record<string, { rowsCopied: number; rowsTotal: number }>>;
  readonly trafficState: string;
}

const toStatus = ({ tableCopyState, trafficState }: FoundStatus): WorkflowStatus => {
  const tables = Object.values(tableCopyState);
  return {
    rowsCopied: tables.reduce((sum, { rowsCopied }) => sum + rowsCopied, 0),
    rowsTotal: tables.reduce((sum, { rowsTotal }) => sum + rowsTotal, 0),
    areReadsSwitched: /all reads switched/i.test(trafficState),
  };
};

const switchedTypes: Readonly<Record<Switch["what"], readonly number[]>> = {
  reads: [toTypeNumber("REPLICA"), toTypeNumber("RDONLY")],
  writes: [toTypeNumber("PRIMARY")],
  both: [toTypeNumber("PRIMARY"), toTypeNumber("REPLICA"), toTypeNumber("RDONLY")],
};

export const createVtctldWorkflows = ({ call }: VtctldCalls): VtctldWorkflows => {
  const setState = async (
    state: number,
    keyspace: string,
    workflow: string,
    shards: readonly string[] = [],
  ): Promise<void> => {
    const unchanged = { cells: UNCHANGED_CELLS, tabletTypes: UNCHANGED_TYPES };
    const tabletRequest = { workflow, ...unchanged, state, shards };
    await call("WorkflowUpdate", { keyspace, tabletRequest });
  };
  return {
    workflows: async (keyspace) => {
      const { workflows } = await call<{ workflows: FoundWorkflow[] }>("GetWorkflows", {
        keyspace,
      });
      return workflows.map(toWorkflow);
    },
    stopWorkflow: (...which) => setState(STOPPED, ...which),
    startWorkflow: (...which) => setState(RUNNING, ...which),
    deleteWorkflow: async (keyspace, workflow) => {
      await call("WorkflowDelete", { keyspace, workflow, keepData: true });
    },
    materialize: async ({ workflow, keyspace, query }) => {
      const settings = {
        workflow,
        cell: CELLS.join(","),
        sourceKeyspace: keyspace,
        targetKeyspace: keyspace,
        tableSettings: [{ targetTable: workflow, sourceExpression: query }],
        tabletTypes: "replica,primary",
        tabletSelectionPreference: IN_ORDER,
      };
      await call("MaterializeCreate", { settings });
    },
    reshard: async ({ workflow, keyspace, from, to }) => {
      const request = {
        ...{ workflow, keyspace, sourceShards: from, targetShards: to, cells: CELLS },
        // Its own copy of the tables compares their text, in which MySQL 9 differs from itself.
        ...{ ...REPLICAS_FIRST, skipSchemaCopy: true, autoStart: true },
      };
      await call("ReshardCreate", request, CREATE_TIMEOUT_MS);
    },
    workflowStatus: async (keyspace, workflow) =>
      toStatus(await call<FoundStatus>("WorkflowStatus", { keyspace, workflow })),
    compare: async (keyspace, workflow, uuid) => {
      const request = {
        ...{ targetKeyspace: keyspace, workflow, uuid, limit: MOST_ROWS, autoRetry: true },
        filteredReplicationWaitTime: { seconds: SNAPSHOT_SECONDS },
        ...REPLICAS_FIRST,
      };
      await call("VDiffCreate", request, CREATE_TIMEOUT_MS);
    },
    switchTraffic: async ({ keyspace, workflow, what, direction }) => {
      const request = {
        ...{ keyspace, workflow, tabletTypes: switchedTypes[what] },
        ...{ enableReverseReplication: true, direction: direction === "forward" ? 0 : 1 },
        timeout: { seconds: CATCH_UP_SECONDS },
      };
      await call("WorkflowSwitchTraffic", request, SWITCH_TIMEOUT_MS);
    },
    completeReshard: async (keyspace, workflow) => {
      await call("MoveTablesComplete", { targetKeyspace: keyspace, workflow, keepData: true });
    },
  };
};
