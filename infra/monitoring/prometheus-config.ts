/** Prometheus and Alertmanager as they are set up on one machine. Pure. */
import { keptMetrics, OTHERS_DROP } from "./kept-metrics.ts";

export interface PrometheusInput {
  /** host:port of each. */
  readonly prometheus: string;
  readonly alertmanager: string;
  readonly vtgates: Readonly<Record<string, string>>;
  readonly vtorc: string;
  readonly vtctld: string;
  readonly etcd: string;
  readonly entry: string;
  readonly functions: string;
  readonly broker: string;
  readonly supervisor: string;
  readonly mysqldExporter: string;
  readonly redisExporter: string;
  readonly nodeExporter: string;
  readonly redis: readonly string[];
  /** Files that name the tablets; they change while Prometheus runs. */
  readonly tabletsFile: string;
  readonly mysqldFile: string;
  readonly rulesFile: string;
  readonly scrapeSeconds: number;
}

interface Target {
  readonly targets: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
}

const relabel = (job: string): object[] => {
  const kept = keptMetrics[job];
  return kept === undefined
    ? [{ source_labels: ["__name__"], regex: OTHERS_DROP, action: "drop" }]
    : [{ source_labels: ["__name__"], regex: kept.join("|"), action: "keep" }];
};

const job = (name: string, targets: readonly Target[], more: object = {}): object => ({
  job_name: name,
  static_configs: targets,
  metric_relabel_configs: relabel(name),
  ...more,
});

const at = (address: string): Target[] => [{ targets: [address] }];

/** An exporter asks for many: the target is its parameter, and is what the series are named by. */
const through = (exporter: string, path: string, more: object = {}): object => ({
  metrics_path: path,
  relabel_configs: [
    { source_labels: ["__address__"], target_label: "instance" },
    { target_label: "__address__", replacement: exporter },
  ],
  ...more,
});

/** beijing-0000000101 is beijing-101 to people. */
const nameTablets = {
  source_labels: ["tablet_alias"],
  regex: "(.+)-0*(\\d+)",
  target_label: "tablet",
  replacement: "$1-$2",
};

export const toPrometheusConfig = (input: PrometheusInput): object => ({
  global: {
    scrape_interval: `${input.scrapeSeconds}s`,
    scrape_timeout: `${Math.min(10, input.scrapeSeconds)}s`,
    evaluation_interval: `${input.scrapeSeconds}s`,
  },
  rule_files: [input.rulesFile],
  alerting: { alertmanagers: [{ static_configs: at(input.alertmanager) }] },
  scrape_configs: [
    job("prometheus", at(input.prometheus)),
    job("alertmanager", at(input.alertmanager)),
    // A vttablet names its own keyspace and shard, as the files do.
    job("vttablet", [], { honor_labels: true, file_sd_configs: [{ files: [input.tabletsFile] }] }),
    job("mysqld", [], {
      ...through(input.mysqldExporter, "/probe", {
        params: { "collect[]": ["global_status", "slave_status"] },
      }),
      file_sd_configs: [{ files: [input.mysqldFile] }],
    }),
    job(
      "vtgate",
      Object.entries(input.vtgates).map(([dataCenter, address]) => ({
        targets: [address],
        labels: { data_center: dataCenter },
      })),
    ),
    job("vtorc", at(input.vtorc), { metric_relabel_configs: [...relabel("vtorc"), nameTablets] }),
    job("vtctld", at(input.vtctld)),
    job("etcd", at(input.etcd)),
    job(
      "redis",
      input.redis.map((address) => ({
        targets: [address],
        labels: { __param_target: `redis://${address}` },
      })),
      through(input.redisExporter, "/scrape"),
    ),
    job("node", at(input.nodeExporter)),
    job("supervisor", at(input.supervisor)),
    job("functions", at(input.functions), { honor_labels: true }),
    job("broker", at(input.broker)),
    job("cluster", at(input.entry), { metrics_path: "/v1/metrics" }),
  ],
});

export interface AlertmanagerInput {
  /** Where alerts are posted; undefined: they are only shown. */
  readonly webhook: string | undefined;
  /** 1, or more to be told so many times sooner. */
  readonly haste: number;
}

export const toAlertmanagerConfig = ({ webhook, haste }: AlertmanagerInput): object => {
  const seconds = (usual: number): string => `${Math.max(1, Math.round(usual / haste))}s`;
  return {
    route: {
      receiver: "default",
      group_by: ["alertname", "keyspace", "shard"],
      group_wait: seconds(10),
      group_interval: seconds(60),
      repeat_interval: "4h",
    },
    receivers: [
      {
        name: "default",
        ...(webhook === undefined
          ? {}
          : { webhook_configs: [{ url: webhook, send_resolved: true }] }),
      },
    ],
    // A server that is down does not replicate either: one call is enough.
    inhibit_rules: [
      {
        source_matchers: ["alertname=ServerDown"],
        target_matchers: ["alertname=~ReplicaNotReplicating|ReplicaBehind"],
        equal: ["tablet"],
      },
    ],
  };
};
