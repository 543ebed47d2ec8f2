/**
 * The programs of the local cluster: what is on the PATH in a fitting version is used, the rest is
 * built or installed into the cache. Independent parts are made side by side.
 */
import { delimiter, dirname, join } from "node:path";
import { exists } from "./cache.ts";
import { debianPrograms } from "./debian-programs.ts";
import { type GoModule, goPrograms, type PrometheusModule } from "./go-programs.ts";
import { tryRun } from "./run.ts";

export interface Parts {
  /** Folder with vtgate, vttablet, vtctld, vtctldclient, vtorc, mysqlctld. */
  readonly vitess: string;
  readonly etcd: string;
  readonly versitygw: string;
  readonly redisServer: string;
  readonly redisCli: string;
  /** What Vitess calls VT_MYSQL_ROOT: the folder above mysqld's bin or sbin. */
  readonly mysqlRoot: string;
  /** Where mysqld finds its plugins and messages when it was moved; undefined: its own default. */
  readonly mysqlPlugins?: string;
  readonly mysqlMessages?: string;
  /** Undefined: nothing is monitored. */
  readonly monitoring?: MonitoringParts;
}

export interface MonitoringParts {
  readonly jaeger: string;
}

/** Prometheus and what it asks. */
export interface PrometheusParts {
  readonly prometheus: string;
  readonly promtool: string;
  readonly alertmanager: string;
  readonly mysqldExporter: string;
  readonly redisExporter: string;
  readonly nodeExporter: string;
}

export type OnPart = (part: string, line: string) => void;

const find = async (program: string): Promise<string | undefined> => {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  for (const folder of folders)
    if (folder && (await exists(join(folder, program)))) return join(folder, program);
  return undefined;
};

/** The program on the PATH, when its version text passes the test. */
const fitting = async (
  program: string,
  isFitting: (version: string) => boolean,
): Promise<string | undefined> => {
  const path = await find(program);
  const version = path && (await tryRun(path, ["--version"]));
  return version && isFitting(version) ? path : undefined;
};

const major = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0);

const findVitess = async (onLine: (line: string) => void): Promise<string> => {
  const vtgate = await fitting("vtgate", (text) => major(text, /Version: (\d+)\./) === 24);
  return vtgate ? dirname(vtgate) : goPrograms("vitess", onLine);
};

const findGo = async (
  module: GoModule,
  isFitting: (version: string) => boolean,
  onLine: (line: string) => void,
): Promise<string> =>
  (await fitting(module, isFitting)) ?? join(await goPrograms(module, onLine), module);

const findServers = async (
  onLine: (line: string) => void,
): Promise<Omit<Parts, "vitess" | "etcd" | "versitygw" | "monitoring">> => {
  const isMysql = (text: string): boolean =>
    !/mariadb/i.test(text) && major(text, /Ver (\d+)\./) >= 8;
  const isRedis = (text: string): boolean => major(text, /v=(\d+)\./) >= 6;
  const mysqld = await fitting("mysqld", isMysql);
  const redisServer = await fitting("redis-server", isRedis);
  const redisCli = await find("redis-cli");
  if (mysqld && redisServer && redisCli)
    return { mysqlRoot: dirname(dirname(mysqld)), redisServer, redisCli };
  const root = await debianPrograms(onLine);
  const mysql = mysqld
    ? { mysqlRoot: dirname(dirname(mysqld)) }
    : {
        mysqlRoot: join(root, "usr"),
        mysqlPlugins: join(root, "usr/lib/mysql/plugin"),
        mysqlMessages: join(root, "usr/share/mysql"),
      };
  return redisServer && redisCli
    ? { ...mysql, redisServer, redisCli }
    : {
        ...mysql,
        redisServer: join(root, "usr/bin/redis-server"),
        redisCli: join(root, "usr/bin/redis-cli"),
      };
};

const findJaeger = async (onLine: (line: string) => void): Promise<string> =>
  join(await goPrograms("jaeger", onLine), "jaeger");

/** One Go build at a time: each uses every core. */
const findGoPrograms = async (
  onPart: OnPart,
  { monitoring }: PartsWanted,
): Promise<Pick<Parts, "vitess" | "etcd" | "versitygw" | "monitoring">> => {
  const isEtcd = (text: string): boolean => /etcd Version: 3\.[5-9]/.test(text);
  const isGateway = (text: string): boolean => /v1\.\d+/.test(text);
  const vitess = await findVitess((line) => onPart("Vitess", line));
  const etcd = await findGo("etcd", isEtcd, (line) => onPart("etcd", line));
  const versitygw = await findGo("versitygw", isGateway, (line) => onPart("versitygw", line));
  if (!monitoring) return { vitess, etcd, versitygw };
  const jaeger = await findJaeger((line) => onPart("Jaeger", line));
  return { vitess, etcd, versitygw, monitoring: { jaeger } };
};

export interface PartsWanted {
  readonly monitoring: boolean;
}

/** Answer where each program lies, making what is missing. */
export const findParts = async (
  onPart: OnPart = () => undefined,
  wanted: PartsWanted = { monitoring: true },
): Promise<Parts> => {
  const [servers, programs] = await Promise.all([
    findServers((line) => onPart("MySQL, Redis", line)),
    findGoPrograms(onPart, wanted),
  ]);
  return { ...programs, ...servers };
};

/** The same for what watches the cluster; it serves without, so nobody has to wait for these. */
export const findPrometheusParts = async (
  onPart: OnPart = () => undefined,
): Promise<PrometheusParts> => {
  const find = (module: PrometheusModule): Promise<string> =>
    goPrograms(module, (line) => onPart(module, line));
  const prometheus = await find("prometheus");
  return {
    prometheus: join(prometheus, "prometheus"),
    promtool: join(prometheus, "promtool"),
    alertmanager: join(await find("alertmanager"), "alertmanager"),
    mysqldExporter: join(await find("mysqld-exporter"), "mysqld_exporter"),
    redisExporter: join(await find("redis-exporter"), "redis_exporter"),
    nodeExporter: join(await find("node-exporter"), "node_exporter"),
  };
};
