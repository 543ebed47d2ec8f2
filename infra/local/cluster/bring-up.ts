/**
 * From nothing, or from whatever an earlier start left, to a serving system: a graph of steps, each
 * of which may run again. What does not depend on each other runs side by side.
 */
import { chown, mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import mysql from "mysql2/promise";
import { makeBucket } from "#infra/database/bucket.ts";
import { noteSchema } from "#infra/database/note-schema.ts";
import { joinRedis } from "#infra/database/redis-cluster.ts";
import { retry } from "#infra/database/retry.ts";
import { applySchema, keyspaces, startStreams } from "#infra/database/schema.ts";
import { createVtctl } from "#infra/database/vtctl.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { type Context, telemetryEnv, watchersEnv } from "./context.ts";
import { etcdUnit, vtctldUnit, vtorcUnit } from "./control-units.ts";
import type { Account } from "./launch.ts";
import { bucket, dataCenters, shards, type Tablet } from "./layout.ts";
import { monitoringUnits } from "./monitoring-units.ts";
import { forgetRedis, redisNodes } from "./redis-nodes.ts";
import {
  brokerUnit,
  entryUnit,
  makeServingFolders,
  objectStoreUnit,
  redisUnit,
  vtgateUnit,
} from "./serving-units.ts";
import { vtgateUrl, writeWhole } from "./settings.ts";
import type { Supervisor, Unit } from "./supervisor.ts";
import { makeTabletFolders, mysqlUnit, vttabletUnit, writeExtraSettings } from "./tablet-units.ts";
import { allowCloning, describeTopology, electPrimaries } from "./vitess.ts";

export interface BringUp {
  readonly context: Context;
  readonly supervisor: Supervisor;
  readonly account: Account | undefined;
  /** The ports differ from those of the last start. */
  readonly moved: boolean;
  /** The home holds data of an earlier start. */
  readonly hadData: boolean;
}

/** A named part of the way, reported when it begins and ends. */
export type Step = <T>(name: string, work: () => Promise<T>) => Promise<T>;

export const stepNames = [
  "topology: etcd, vtctld",
  "MySQL servers",
  "tablets",
  "primaries and schema",
  "vtgate in each data center, vtorc",
  "Redis Cluster",
  "object store",
  "entry and broker",
  "derived tables",
  "first write",
  "monitoring",
] as const;

const own = async (account: Account | undefined, path: string): Promise<void> => {
  if (account) await chown(path, account.uid, account.gid);
};

const makeFolders = async ({ context, account }: BringUp): Promise<void> => {
  const { paths } = context;
  for (const folder of [paths.home, paths.logs, paths.sockets, paths.etcd])
    await mkdir(folder, { recursive: true });
  await own(account, paths.sockets);
  await own(account, paths.etcd);
  for (const folder of await makeServingFolders(context)) await own(account, folder);
  await makeTabletFolders(context, account);
};

const region = "us-east-1";

const choices = ["CORS_ORIGINS", "JWT_KEYS", "JWT_ISSUER", "JWT_AUDIENCE"];

/** What whoever started the cluster chose, as TAGENAL_CORS_ORIGINS and so on. */
const chosen = (): Record<string, string> =>
  Object.fromEntries(
    choices.flatMap((key) => {
      const value = process.env[`TAGENAL_${key}`];
      return value ? [[key, value]] : [];
    }),
  );

/** What functions get as their environment, locally; on Kubernetes a ConfigMap and a Secret. */
const writeFunctionEnv = async ({ context, account }: BringUp): Promise<void> => {
  const { paths, ports, settings } = context;
  const env = {
    VTGATE_URL: vtgateUrl(settings, ports),
    S3_ENDPOINT: `http://127.0.0.1:${ports.objectStore}`,
    S3_BUCKET: bucket,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: settings.objectStoreKey,
    AWS_SECRET_ACCESS_KEY: settings.objectStoreSecret,
    REDIS_NODES: redisNodes(context).join(","),
    VTCTLD_ADDRESS: `127.0.0.1:${ports.vtctldGrpc}`,
    API_TOKEN: (await readFile(paths.token, "utf8")).trim(),
    K_SINK: `http://127.0.0.1:${ports.broker}/tagenal/default`,
    DATA_CENTER: "beijing",
    TABLETS_URL: `unix:${encodeURI(paths.tabletsSocket)}`,
    ...chosen(),
    ...telemetryEnv(context),
    ...watchersEnv(context),
  };
  await writeWhole(paths.functionEnv, `${JSON.stringify(env, null, 2)}\n`);
  const users = { tagenal: [{ Password: settings.password, UserData: "tagenal" }] };
  await writeWhole(paths.vtgateUsers, JSON.stringify(users));
  await own(account, paths.functionEnv);
  await own(account, paths.vtgateUsers);
};

/** A write that succeeds in each shard is the only proof that its primary takes writes. */
const writeOnce = async ({ settings, ports }: Context): Promise<void> => {
  const connection = await mysql.createConnection(vtgateUrl(settings, ports));
  try {
    const [rows] = await connection.query("show vitess_shards");
    const names = (rows as { Shards: string }[]).map(({ Shards }) => Shards);
    if (names.length < shards.length) throw new Error(`only ${names.join(", ")} serve`);
    for (const name of names) {
      await connection.query(`use \`${name.replace("/", ":")}@primary\``);
      const isGlobal = name.startsWith("global/");
      const nothing = isGlobal
        ? "outbox where id = ''"
        : "user_directory where slot = 0 and uid = 0";
      await connection.query(`delete from ${nothing}`);
    }
  } finally {
    connection.destroy();
  }
};

const noteApplied = async ({ settings, ports }: Context, folder: string): Promise<void> => {
  const vtgate = createVtgate(vtgateUrl(settings, ports), { connections: 1 });
  await noteSchema(vtgate.global, folder).finally(vtgate.close);
};

const SLOW_TABLET_MS = 30_000;

/** Pure: whether more than half of each shard's tablets are there when these are not. */
export const areMinorities = (missing: readonly Tablet[], tablets: readonly Tablet[]): boolean =>
  missing.every((one) => {
    const inShard = ({ keyspace, shard }: Tablet): boolean =>
      keyspace === one.keyspace && shard === one.shard;
    return 2 * missing.filter(inShard).length < tablets.filter(inShard).length;
  });

const startOne = async (
  { supervisor, context }: BringUp,
  unit: Unit,
  seconds: number,
): Promise<void> => {
  const giveUp = new AbortController();
  const late = sleep(seconds * 1000, undefined, { signal: giveUp.signal }).then(() => {
    const log = `${context.paths.logs}/${unit.name.replaceAll("/", "-")}.log`;
    throw new Error(`${unit.name} is not ready after ${seconds} s; its last words are in ${log}`);
  });
  late.catch(() => undefined);
  await Promise.race([supervisor.start(unit), late]).finally(() => giveUp.abort());
};

/** Start units in order of readiness, naming the one that does not come up. */
const startAll = async (all: BringUp, units: readonly Unit[], seconds = 120): Promise<void> => {
  await Promise.all(units.map((unit) => startOne(all, unit, seconds)));
};

/**
 * Start the tablets. Once there is data, a minority of a shard is not waited for any longer than
 * SLOW_TABLET_MS: one whose data has gone astray (a primary that wrote what no replica
 * acknowledged) does not come up by itself, and is healed once the others serve.
 */
const startTablets = async (all: BringUp, tablets: readonly Tablet[]): Promise<void> => {
  const missing = new Set(tablets);
  const starts = tablets.map(async (tablet) => {
    await startOne(all, vttabletUnit(all.context, tablet), 120);
    missing.delete(tablet);
  });
  const ended = new AbortController();
  const enough = async (): Promise<void> => {
    await sleep(SLOW_TABLET_MS, undefined, { signal: ended.signal });
    while (!(all.hadData && areMinorities([...missing], tablets)))
      await sleep(250, undefined, { signal: ended.signal });
  };
  const whole = Promise.all(starts);
  // Who is late may still fail, when nobody waits for it any more.
  whole.catch(() => undefined);
  await Promise.race([whole, enough()]).finally(() => ended.abort());
};

/** Bring everything up; rejects with the first step that cannot be done. */
export const bringUp = async (all: BringUp, step: Step): Promise<void> => {
  const { context, account, moved } = all;
  const { parts, ports, settings, root } = context;
  const allowed = ports.tablets.filter(({ isFenced }) => isFenced !== true);
  const vtctl = createVtctl(join(parts.vitess, "vtctldclient"), `127.0.0.1:${ports.vtctldGrpc}`);
  const schemaFolder = join(root, "infra/schema");
  await makeFolders(all);
  await writeExtraSettings(context);
  await writeFunctionEnv(all);
  if (moved) await forgetRedis(context);
  const topology = step("topology: etcd, vtctld", async () => {
    await startAll(all, [etcdUnit(context)]);
    await startAll(all, [vtctldUnit(context)]);
    await describeTopology(vtctl, context);
  });
  const servers = step("MySQL servers", () =>
    startAll(
      all,
      allowed.map((tablet) => mysqlUnit(context, tablet, account)),
      300,
    ),
  );
  const tablets = Promise.all([topology, servers]).then(() =>
    step("tablets", () => startTablets(all, allowed)),
  );
  const schema = tablets.then(() =>
    step("primaries and schema", async () => {
      await electPrimaries(vtctl, context);
      await startAll(all, [vtorcUnit(context)]);
      await Promise.all([
        ...keyspaces.map((name) => retry(60, () => applySchema(vtctl, schemaFolder, name))),
        retry(60, () => allowCloning(vtctl, context)),
      ]);
    }),
  );
  const gates = schema.then(() =>
    step("vtgate in each data center, vtorc", () =>
      startAll(
        all,
        dataCenters.map((one) => vtgateUnit(context, one)),
      ),
    ),
  );
  const redis = step("Redis Cluster", async () => {
    await startAll(
      all,
      ports.redis.map((port) => redisUnit(context, port)),
    );
    await joinRedis({ program: parts.redisCli }, redisNodes(context));
  });
  const objects = step("object store", async () => {
    await startAll(all, [objectStoreUnit(context)]);
    const store = {
      endpoint: `http://127.0.0.1:${ports.objectStore}`,
      region,
      bucket,
      key: settings.objectStoreKey,
      secret: settings.objectStoreSecret,
    };
    await retry(20, () => makeBucket(store));
  });
  const functions = step("entry and broker", () =>
    startAll(all, [entryUnit(context), brokerUnit(context)]),
  );
  const streams = gates.then(() => step("derived tables", () => startStreams(vtctl, schemaFolder)));
  const write = gates.then(() =>
    step("first write", async () => {
      await retry(60, () => writeOnce(context));
      await retry(60, () => noteApplied(context, schemaFolder));
    }),
  );
  const monitoring = step("monitoring", () => startAll(all, monitoringUnits(context)));
  await Promise.all([redis, objects, functions, streams, write, monitoring]);
};

/** Whether the home already holds a cluster's data. */
export const hasData = async ({ paths }: Context): Promise<boolean> =>
  (await readdir(paths.vtdataroot).catch(() => [])).length > 0;

/** In reverse: first who asks, last who answers; vtorc before the tablets, or it would fail over. */
export const tearDown = async (supervisor: Supervisor): Promise<void> => {
  const names = supervisor.status().map(({ name }) => name);
  const waves = [
    /^(entry|broker|vtorc|vtgate-.*|prometheus|alertmanager|.*-exporter)$/,
    /^(beijing|hongkong)-\d+$/,
    /\/mysql$|^redis-|^object-store$/,
    /^(vtctld|etcd|jaeger)$/,
  ];
  for (const wave of waves)
    await Promise.all(names.filter((name) => wave.test(name)).map((name) => supervisor.stop(name)));
};
