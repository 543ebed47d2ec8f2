/** What the functions that work on tablets and shards are put together from. */
import { type ClusterView, readView } from "./cluster-view.ts";
import type { AddTablet } from "./decide-join.ts";
import type { Received } from "./event-function.ts";
import { createOperationKit } from "./operation-kit.ts";
import { createRunProcedure, type Procedure } from "./procedure.ts";
import { createTabletsDriver, type TabletsDriver } from "./tablets-driver.ts";
import { createVtctld, type Vtctld } from "./vtctld.ts";
import { createVtgate } from "./vtgate.ts";

export interface TabletEnv {
  readonly VTGATE_URL: string;
  readonly VTCTLD_ADDRESS: string;
  readonly TABLETS_URL: string;
  readonly K_SINK: string;
}

export interface TabletTools {
  readonly vtctld: Vtctld;
  readonly driver: TabletsDriver;
  /** Has a tablet made. */
  add(action: AddTablet): Promise<void>;
  /** Handles the event that wakes an operation of this procedure. */
  handle<Action>(
    procedure: Omit<Procedure<ClusterView, Action>, "observe">,
  ): (event: Received<{ operationId: string }>) => Promise<void>;
}

/** From keyspace/shard to its two parts. */
export const splitShard = (name: string): { keyspace: string; shard: string } => {
  const [keyspace = "", shard = ""] = name.split("/");
  return { keyspace, shard };
};

export const createTabletTools = (name: string, env: TabletEnv): TabletTools => {
  const { tagenal, global } = createVtgate(env.VTGATE_URL);
  const { workOnStep } = createOperationKit(name, { db: global, sink: env.K_SINK });
  const vtctld = createVtctld(env.VTCTLD_ADDRESS);
  const driver = createTabletsDriver(env.TABLETS_URL);
  const run = createRunProcedure({ workOnStep });
  const observe = () => readView({ vtctld, driver, db: tagenal });
  return {
    vtctld,
    driver,
    add: ({ by, dataCenter, donor, shard }) =>
      driver.add({ by, dataCenter, donor, ...splitShard(shard) }),
    handle:
      (procedure) =>
      ({ data }) =>
        run(data.operationId, { ...procedure, observe }),
  };
};
