/** The units that watch the others: Prometheus, Alertmanager and the exporters that they ask. */
import { chown, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { toRules, usual } from "#infra/monitoring/alerts.ts";
import { toAlertmanagerConfig, toPrometheusConfig } from "#infra/monitoring/prometheus-config.ts";
import type { PrometheusParts } from "#infra/parts/parts.ts";
import type { Context } from "./context.ts";
import type { Account } from "./launch.ts";
import { answers } from "./probes.ts";
import { mysqldFile, tabletsFile } from "./prometheus-targets.ts";
import { writeWhole } from "./settings.ts";
import type { Unit } from "./supervisor.ts";

/** For tests that make faults, and for people who want to be told. */
export interface PrometheusSettings {
  readonly scrapeSeconds: number;
  readonly haste: number;
  readonly leastFreeBytes: number;
  readonly webhook: string | undefined;
}

export const readPrometheusSettings = (
  env: Readonly<Record<string, string | undefined>> = process.env,
): PrometheusSettings => ({
  scrapeSeconds: Number(env["TAGENAL_SCRAPE_SECONDS"] ?? 15),
  haste: Number(env["TAGENAL_ALERT_HASTE"] ?? usual.haste),
  leastFreeBytes: Number(env["TAGENAL_LEAST_FREE_BYTES"] ?? usual.leastFreeBytes),
  webhook: env["TAGENAL_ALERT_WEBHOOK"],
});

const loopback = (port: number): string => `127.0.0.1:${port}`;
const inFolder = (context: Context, name: string): string => join(context.paths.prometheus, name);

export const writePrometheus = async (
  context: Context,
  account: Account | undefined,
  settings: PrometheusSettings = readPrometheusSettings(),
): Promise<void> => {
  const { paths, ports } = context;
  const watch = ports.prometheus;
  const folders = ["", "prometheus", "alertmanager"].map((name) => inFolder(context, name));
  for (const folder of folders) {
    await mkdir(folder, { recursive: true });
    if (account) await chown(folder, account.uid, account.gid);
  }
  const prometheus = toPrometheusConfig({
    prometheus: loopback(watch.prometheus),
    alertmanager: loopback(watch.alertmanager),
    mysqldExporter: loopback(watch.mysqldExporter),
    redisExporter: loopback(watch.redisExporter),
    nodeExporter: loopback(watch.nodeExporter),
    supervisor: loopback(watch.supervisor),
    vtgates: {
      beijing: loopback(ports.vtgates.beijing.web),
      hongkong: loopback(ports.vtgates.hongkong.web),
    },
    vtorc: loopback(ports.vtorc),
    vtctld: loopback(ports.vtctldWeb),
    etcd: loopback(ports.etcd),
    entry: loopback(context.settings.entryPort),
    functions: loopback(ports.activator),
    broker: loopback(ports.broker),
    redis: ports.redis.map(loopback),
    tabletsFile: tabletsFile(paths),
    mysqldFile: mysqldFile(paths),
    rulesFile: inFolder(context, "rules.json"),
    scrapeSeconds: settings.scrapeSeconds,
  });
  const files = {
    "prometheus.json": prometheus,
    "rules.json": toRules(settings),
    "alertmanager.json": toAlertmanagerConfig(settings),
  };
  for (const [name, content] of Object.entries(files))
    await writeWhole(inFolder(context, name), JSON.stringify(content, null, 2), 0o644);
  await writeWhole(inFolder(context, "mysqld.cnf"), "[client]\nuser = vt_dba\n", 0o644);
};

/** Each is kept small: together they may cost a laptop little. */
const small = { GOMAXPROCS: "1", GOGC: "50" };

export const prometheusUnits = (context: Context, parts: PrometheusParts): readonly Unit[] => {
  const ports = context.ports.prometheus;
  const listen = (port: number): string => `--web.listen-address=${loopback(port)}`;
  return [
    {
      name: "prometheus",
      command: parts.prometheus,
      args: [
        listen(ports.prometheus),
        `--config.file=${inFolder(context, "prometheus.json")}`,
        `--storage.tsdb.path=${inFolder(context, "prometheus")}`,
        ...["--storage.tsdb.retention.time=7d", "--storage.tsdb.retention.size=512MB"],
        ...["--query.max-concurrency=4", "--log.level=warn"],
      ],
      env: { ...small, GOMEMLIMIT: "256MiB" },
      isReady: () => answers(ports.prometheus, "/-/ready"),
    },
    {
      name: "alertmanager",
      command: parts.alertmanager,
      args: [
        listen(ports.alertmanager),
        `--config.file=${inFolder(context, "alertmanager.json")}`,
        `--storage.path=${inFolder(context, "alertmanager")}`,
        // One alone has nobody to gossip with.
        ...["--cluster.listen-address=", "--log.level=warn"],
      ],
      env: { ...small, GOMEMLIMIT: "64MiB" },
      isReady: () => answers(ports.alertmanager, "/-/ready"),
    },
    {
      name: "mysqld-exporter",
      command: parts.mysqldExporter,
      args: [
        listen(ports.mysqldExporter),
        `--config.my-cnf=${inFolder(context, "mysqld.cnf")}`,
        "--log.level=warn",
      ],
      env: { ...small, GOMEMLIMIT: "64MiB" },
      isReady: () => answers(ports.mysqldExporter, "/"),
    },
    {
      name: "redis-exporter",
      command: parts.redisExporter,
      args: [listen(ports.redisExporter), "--redis.addr="],
      env: { ...small, GOMEMLIMIT: "64MiB" },
      isReady: () => answers(ports.redisExporter, "/health"),
    },
    {
      name: "node-exporter",
      command: parts.nodeExporter,
      args: [
        listen(ports.nodeExporter),
        "--collector.disable-defaults",
        ...["cpu", "meminfo", "filesystem", "diskstats", "loadavg"].map(
          (name) => `--collector.${name}`,
        ),
        "--log.level=warn",
      ],
      env: { ...small, GOMEMLIMIT: "64MiB" },
      isReady: () => answers(ports.nodeExporter, "/"),
    },
  ];
};
