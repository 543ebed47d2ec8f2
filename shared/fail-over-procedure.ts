/** Looks at and does what a fail-over needs, for the function that runs it and for the one that begins it. */
import type { ClusterView } from "./cluster-view.ts";
import { splitShard } from "./cluster-view.ts";
import type { FailOverAction, FailOverView } from "./decide-fail-over.ts";
import type { AddTablet } from "./decide-join.ts";
import type { Json } from "./operation-rows.ts";
import type { TabletsDriver } from "./tablets-port.ts";
import type { Vtctld } from "./vtctld.ts";

export const KEYSPACES = ["global", "tagenal"] as const;

export const readPolicies = async (
  vtctld: Pick<Vtctld, "durability">,
  keyspaces: readonly string[] = KEYSPACES,
): Promise<Record<string, string>> =>
  Object.fromEntries(
    await Promise.all(
      keyspaces.map(async (keyspace) => [keyspace, await vtctld.durability(keyspace)] as const),
    ),
  );

export const readFailOverView = async (
  vtctld: Pick<Vtctld, "durability" | "shards">,
  view: ClusterView,
  { keyspaces, promotions }: { keyspaces: readonly string[]; promotions: readonly Json[] },
): Promise<FailOverView> => {
  const shards = await Promise.all(
    keyspaces.map(async (keyspace) =>
      (await vtctld.shards(keyspace)).map((shard) => ({ ...shard, keyspace })),
    ),
  );
  const policies = await readPolicies(vtctld, keyspaces);
  return { ...view, shards: shards.flat(), policies, promotions };
};

/** What a survivor has of the lost primary's writes. */
const POSITION_SQL =
  "select @@global.gtid_executed, (select max(last_applied_transaction_original_commit_timestamp) " +
  "from performance_schema.replication_applier_status_by_worker)";

export interface FailOverDeps {
  readonly vtctld: Vtctld;
  readonly driver: Pick<TabletsDriver, "fence">;
  readonly add: (action: AddTablet) => Promise<void>;
  /** Keeps what was known of a shard when it was promoted. */
  readonly note: (promotion: Json) => Promise<void>;
}

export const createActFailOver = ({ vtctld, driver, add, note }: FailOverDeps) => {
  const promote = async ({
    shard,
    to,
    ignored,
  }: FailOverAction & { kind: "promote" }): Promise<void> => {
    const [row] = to === undefined ? [] : await vtctld.execute(to, POSITION_SQL);
    const [position = null, lastWriteAt = null] = row ?? [];
    await note({
      ...{ shard, to: to ?? "the one that has most", position, lastWriteAt },
      mayBeMissing:
        "writes that were acknowledged after that, and that only servers in the lost data center had",
    });
    await vtctld.emergencyReparent({ ...splitShard(shard), to, ignored });
  };
  return async (action: FailOverAction): Promise<void> => {
    switch (action.kind) {
      case "add":
        return add(action);
      case "fence":
        await Promise.all(action.names.map((name) => driver.fence(name)));
        return undefined;
      case "set-durability":
        return vtctld.setDurability(action.keyspace, action.policy);
      case "promote":
        return promote(action);
      case "forget":
        return vtctld.deleteTablet(action.alias, { evenPrimary: true });
    }
  };
};
