/** The few commands to vtctld that make a cluster of running tablets; each may be given again. */
import type { Vtctl } from "#infra/database/vtctl.ts";
import type { Context } from "./context.ts";
import { dataCenters, type Shard, shards, type Tablet } from "./layout.ts";

/** "Already so" is success. */
const orAlready = async (work: Promise<unknown>, pattern: RegExp): Promise<void> => {
  await work.catch((error: Error) => {
    if (!pattern.test(error.message)) throw error;
  });
};

const alreadyThere = /already exists|node already exists|NodeExists/i;

export const describeTopology = async (vtctl: Vtctl, { ports }: Context): Promise<void> => {
  const etcd = `127.0.0.1:${ports.etcd}`;
  for (const cell of dataCenters) {
    const flags = ["--root", `/vitess/${cell}`, "--server-address", etcd];
    await orAlready(vtctl("AddCellInfo", ...flags, cell), alreadyThere);
    // The address may have moved since the last start.
    await vtctl("UpdateCellInfo", ...flags, cell);
  }
  for (const keyspace of ["global", "tagenal"]) {
    const create = vtctl("CreateKeyspace", "--durability-policy", "semi_sync", keyspace);
    await orAlready(create, alreadyThere);
  }
};

interface ShardRecord {
  readonly shard?: { readonly primary_alias?: { readonly cell: string; readonly uid: number } };
}

/**
 * Point every replica of the shard at its primary and start it. Servers start with replication
 * off, and until a replica acknowledges, the primary's first write waits while its shard is locked,
 * so that vtorc cannot lock it to mend the replicas. A vttablet that starts before its primary's
 * leaves replication off, and ReparentTablet starts none that was off, hence StartReplication. A
 * replica that cannot follow is left to vtorc.
 */
const startReplication = async (vtctl: Vtctl, replicas: readonly Tablet[]): Promise<void> => {
  const startOne = async ({ alias }: Tablet): Promise<void> => {
    await vtctl("ReparentTablet", alias);
    await vtctl("StartReplication", alias);
  };
  await Promise.all(replicas.map((replica) => startOne(replica).catch(() => undefined)));
};

/** Those of the beginning, and those that operations have made since. */
const shardsOf = (tablets: readonly Tablet[]): Omit<Shard, "primary">[] => [
  ...new Map(
    tablets.map(({ keyspace, shard }) => [`${keyspace}/${shard}`, { keyspace, shard }]),
  ).values(),
];

/**
 * Elect the first primary of a shard that never had one; afterwards vtorc decides. A shard that an
 * operation is making is that one's to finish.
 */
const electPrimary = async (
  vtctl: Vtctl,
  { keyspace, shard }: Omit<Shard, "primary">,
  tablets: readonly Tablet[],
): Promise<void> => {
  const name = `${keyspace}/${shard}`;
  const record = JSON.parse(await vtctl("GetShard", name)) as ShardRecord;
  const known = record.shard?.primary_alias;
  if (!known?.cell) {
    const first = shards.find((one) => one.keyspace === keyspace && one.shard === shard);
    if (first) await vtctl("PlannedReparentShard", name, "--new-primary", first.primary);
    return;
  }
  const members = tablets.filter((one) => one.keyspace === keyspace && one.shard === shard);
  await startReplication(
    vtctl,
    members.filter(({ uid }) => uid !== known.uid),
  );
};

export const electPrimaries = async (vtctl: Vtctl, { ports }: Context): Promise<void> => {
  const { tablets } = ports;
  await Promise.all(shardsOf(tablets).map((shard) => electPrimary(vtctl, shard, tablets)));
};

/** What vttablet copies another tablet's data as (--restore-with-clone). */
const CLONE_USER = [
  "create user if not exists 'vt_clone'@'%'",
  "grant backup_admin on *.* to 'vt_clone'@'%'",
].join("; ");

/** On each primary, so that its replicas, and whoever is copied from them, have the user too. */
export const allowCloning = async (vtctl: Vtctl, { ports }: Context): Promise<void> => {
  await Promise.all(
    shardsOf(ports.tablets).map(async ({ keyspace, shard }) => {
      const record = JSON.parse(await vtctl("GetShard", `${keyspace}/${shard}`)) as ShardRecord;
      const alias = record.shard?.primary_alias;
      const isFirst = shards.some((one) => one.keyspace === keyspace && one.shard === shard);
      if (!alias?.cell && !isFirst) return;
      if (!alias?.cell) throw new Error(`${keyspace}/${shard} has no primary`);
      await vtctl("ExecuteMultiFetchAsDBA", `${alias.cell}-${alias.uid}`, CLONE_USER);
    }),
  );
};
