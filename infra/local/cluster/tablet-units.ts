/** A tablet is two units: mysqlctld with its MySQL, and vttablet. */
import { chown, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exists } from "#infra/parts/cache.ts";
import {
  backupEnv,
  backupFlags,
  type Context,
  listenFlags,
  topologyFlags,
  tracerFlags,
} from "./context.ts";
import type { Account } from "./launch.ts";
import { mysqlctlSocket, mysqlSocket, type Paths, type Tablet, tabletFolder } from "./layout.ts";
import { copyTemplate } from "./mysql-template.ts";
import { accepts, answers } from "./probes.ts";
import type { Unit } from "./supervisor.ts";

/**
 * A primary whose MySQL has crashed is replaced within that time. Were it back in the midst of it,
 * it might write what nobody knows of. A MySQL that ends in good order, as after a copy, is started
 * at once.
 */
const FAIL_OVER_MS = 5_000;

const noInstrument = (name: string): string => `performance_schema_${name} = 0`;

/** Sized for nine servers on one laptop; durability as in production. */
const extraSettings = ({ parts }: Context): string => {
  const lines = [
    "bind-address = 127.0.0.1",
    // Taken as data comes. Where the secondary keys of what is loaded do not fit, their pages are
    // written over and over: 14 GB for half a million reads with 96 MB.
    "innodb_buffer_pool_size = 256M",
    // What is larger than that stays in the system's own cache, as long as nobody needs the memory.
    "innodb_flush_method = fsync",
    // A slow statement is written there with all that its rows hold.
    "slow_query_log = OFF",
    "innodb_redo_log_capacity = 128M",
    "innodb_flush_log_at_trx_commit = 1",
    "sync_binlog = 1",
    "table_open_cache = 400",
    "table_definition_cache = 400",
    // What MySQL sets aside for a large machine comes to 210 MB a server.
    "innodb_log_buffer_size = 8M",
    "key_buffer_size = 1M",
    ...["accounts_size", "hosts_size", "users_size", "error_size"].map(noInstrument),
    ...["statements", "transactions", "stages", "waits"].map((kind) =>
      noInstrument(`events_${kind}_history_long_size`),
    ),
    "performance_schema_max_table_instances = 400",
    "performance_schema_digests_size = 200",
    // With another collation than its own Vitess alters its tables at each promotion; writers wait.
    "character_set_server = utf8mb4",
    // How a tablet that joins gets its data; mysqlctld itself has no flag for it.
    "plugin-load-add = mysql_clone.so",
  ];
  if (parts.mysqlPlugins) lines.push(`plugin_dir = ${parts.mysqlPlugins}`);
  if (parts.mysqlMessages) lines.push(`lc_messages_dir = ${parts.mysqlMessages}`);
  return `${lines.join("\n")}\n`;
};

export const writeExtraSettings = async (context: Context): Promise<void> =>
  writeFile(extraSettingsFile(context.paths), extraSettings(context), { mode: 0o644 });

const extraSettingsFile = (paths: Paths): string => join(paths.home, "extra-my.cnf");

const vitessEnv = ({ parts, paths }: Context): Record<string, string> => ({
  VTDATAROOT: paths.vtdataroot,
  VTROOT: join(parts.vitess, ".."),
  VT_MYSQL_ROOT: parts.mysqlRoot,
  EXTRA_MY_CNF: extraSettingsFile(paths),
  HOME: paths.home,
});

/** A data folder whose creation was cut short is made anew; one that ever served is kept. */
const dropHalfMade = async (folder: string): Promise<void> => {
  if (!(await exists(join(folder, "served")))) await rm(folder, { recursive: true, force: true });
};

/** Ports and sockets may have moved since my.cnf was written. */
const refreshPorts = async (context: Context, tablet: Tablet): Promise<void> => {
  const file = join(tabletFolder(context.paths, tablet.uid), "my.cnf");
  const before = await readFile(file, "utf8").catch(() => undefined);
  if (before === undefined) return;
  const after = before
    .replaceAll(/^port\s*=.*$/gm, `port = ${tablet.mysqlPort}`)
    .replaceAll(/^socket\s*=.*$/gm, `socket = ${mysqlSocket(context.paths, tablet.uid)}`);
  if (after !== before) await writeFile(file, after);
};

export const mysqlUnit = (context: Context, tablet: Tablet, account: Account | undefined): Unit => {
  const { parts, paths } = context;
  const folder = tabletFolder(paths, tablet.uid);
  const socket = mysqlctlSocket(paths, tablet.uid);
  const program = {
    command: join(parts.vitess, "mysqlctld"),
    args: [
      ...["--tablet-uid", String(tablet.uid), "--mysql-port", String(tablet.mysqlPort)],
      ...["--mysql-socket", mysqlSocket(paths, tablet.uid), "--socket-file", socket],
      ...["--shutdown-wait-time", "60s", "--onterm-timeout", "70s"],
    ],
    env: vitessEnv(context),
  };
  const isServing = async (): Promise<boolean> =>
    (await accepts({ path: mysqlSocket(paths, tablet.uid) })) && (await accepts({ path: socket }));
  const template = {
    ...{ context, account, folder, isServing },
    program: (root: string) => ({ ...program, env: { ...program.env, VTDATAROOT: root } }),
  };
  return {
    name: `${tablet.name}/mysql`,
    ...program,
    prepare: async () => {
      await dropHalfMade(folder);
      if (!(await exists(folder))) await copyTemplate(template, extraSettings(context));
      await refreshPorts(context, tablet);
      await rm(socket, { force: true });
    },
    isReady: async () => {
      const serves = await isServing();
      if (serves) await markServed(folder, account);
      return serves;
    },
    stopTimeout: 75_000,
    crashPause: FAIL_OVER_MS,
  };
};

const markServed = async (folder: string, account: Account | undefined): Promise<void> => {
  const file = join(folder, "served");
  if (await exists(file)) return;
  await writeFile(file, "");
  if (account) await chown(file, account.uid, account.gid);
};

/** 2026-11-23.061900.beijing-0000000102: when it was begun, and of whom it is. */
const toBackupTime = (name: string): string => name.split(".").slice(0, 2).join(".");

const originFlags = ({ donor, backup }: Tablet): readonly string[] => {
  if (backup !== undefined)
    return ["--restore-from-backup", "--restore-from-backup-ts", toBackupTime(backup)];
  return donor === undefined ? [] : ["--restore-with-clone", "--clone-from-tablet", donor];
};

export const vttabletUnit = (context: Context, tablet: Tablet): Unit => {
  const { parts, paths } = context;
  return {
    name: tablet.name,
    command: join(parts.vitess, "vttablet"),
    args: [
      ...topologyFlags(context),
      ...listenFlags(tablet.webPort, tablet.grpcPort),
      ...["--tablet-path", tablet.alias, "--tablet-hostname", "127.0.0.1"],
      ...["--init-keyspace", tablet.keyspace, "--init-shard", tablet.shard],
      ...["--init-tablet-type", "replica", "--mysqlctl-socket", mysqlctlSocket(paths, tablet.uid)],
      ...["--service-map", "grpc-queryservice,grpc-tabletmanager,grpc-updatestream"],
      ...["--health-check-interval", "2s", "--enable-replication-reporter"],
      ...["--degraded-threshold", "5s", "--unhealthy-threshold", "5m"],
      ...backupFlags(context),
      ...["--onterm-timeout", "3s", "--shutdown-grace-period", "1s"],
      // A load's events and a page's queries come in bursts.
      ...["--queryserver-config-pool-size", "24", "--queryserver-config-transaction-cap", "60"],
      // Its messages would quote what was written.
      "--sanitize-log-messages",
      // CLONE's user has no password; that connection stays on this machine.
      ...["--mysql-clone-enabled", "--db-clone-use-ssl=false"],
      ...tracerFlags(context),
      // An empty one copies another's data; one that has data is left as it is.
      ...originFlags(tablet),
    ],
    env: { ...vitessEnv(context), ...backupEnv(context) },
    // vttablet answers "ok" only when it may serve; before its shard has a primary it does not.
    isReady: () => answers(tablet.webPort, "/debug/vars", (text) => text.includes("TabletType")),
    stopTimeout: 20_000,
    hungAfter: 60_000,
  };
};

export const makeTabletFolders = async (
  { paths }: Context,
  account: Account | undefined,
): Promise<void> => {
  await mkdir(paths.vtdataroot, { recursive: true, mode: 0o755 });
  if (account) await chown(paths.vtdataroot, account.uid, account.gid);
};
