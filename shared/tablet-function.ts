/** What the functions that work on tablets and shards are put together from. */
import { type ClusterView, readView, splitShard } from "./cluster-view.ts";
import type { AddTablet } from "./decide-join.ts";
import type { Received } from "./event-function.ts";
import { createOperationKit, type OperationKit } from "./operation-kit.ts";
import type { Operation } from "./operation-rows.ts";
import { createRunProcedure, type Procedure } from "./procedure.ts";
import type { TransactionalSql } from "./sql.ts";
import { createTabletsDriver, type TabletsDriver } from "./tablets-driver.ts";
import { createVtctld, type Vtctld } from "./vtctld.ts";
import { createVtgate } from "./vtgate.ts";

export interface TabletEnv {
  readonly VTGATE_URL: string;
  readonly VTCTLD_ADDRESS: string;
  readonly TABLETS_URL: string;
  readonly K_SINK: string;
}

export interface TabletProcedure<View, Action> extends Omit<Procedure<View, Action>, "observe"> {
  /** What is looked at besides; left out where the tablets are all. */
  readonly extend?: (view: ClusterView, operation: Operation) => Promise<View>;
}

export interface TabletTools {
  readonly vtctld: Vtctld;
  readonly driver: TabletsDriver;
  /** Has a tablet made. */
  add(action: AddTablet): Promise<void>;
  /** Handles the event that wakes an operation of this procedure, or one of its steps. */
  handle<Action, View extends ClusterView = ClusterView>(
    procedure: TabletProcedure<View, Action>,
    step?: string,
  ): (event: Received<{ operationId: string }>) => Promise<void>;
  readonly kit: OperationKit;
  readonly global: TransactionalSql;
  readView(): Promise<ClusterView>;
}

export const createTabletTools = (name: string, env: TabletEnv): TabletTools => {
  const { tagenal, global } = createVtgate(env.VTGATE_URL);
  const kit = createOperationKit(name, { db: global, sink: env.K_SINK });
  const vtctld = createVtctld(env.VTCTLD_ADDRESS);
  const driver = createTabletsDriver(env.TABLETS_URL);
  const run = createRunProcedure(kit);
  const read = () => readView({ vtctld, driver, db: tagenal });
  return {
    vtctld,
    driver,
    add: ({ by, dataCenter, donor, backup, shard }) => {
      const wanted = { by, dataCenter, donor, ...splitShard(shard) };
      return driver.add(backup === undefined ? wanted : { ...wanted, backup });
    },
    kit,
    global,
    readView: read,
    handle: <Action, View extends ClusterView>(
      { extend, ...procedure }: TabletProcedure<View, Action>,
      step?: string,
    ) => {
      // Without an extension a view of the tablets is all that is asked for.
      const observe = async (operation: Operation): Promise<View> =>
        extend === undefined ? ((await read()) as View) : extend(await read(), operation);
      return ({ data }) => run(data.operationId, { ...procedure, observe }, step);
    },
  };
};
