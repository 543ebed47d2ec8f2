/**
 * What a Prometheus in the same Kubernetes is told: its scrape jobs, as they are found there by the
 * labels of Knative and of the Vitess operator. Pure.
 */
import { keptMetrics } from "./kept-metrics.ts";

interface PodJob {
  readonly name: string;
  readonly namespace: string;
  /** Of the pods, as Kubernetes has it. */
  readonly selector: string;
  readonly port: number;
  readonly more?: readonly object[];
}

const copy = (from: string, to: string): object => ({
  source_labels: [`__meta_kubernetes_pod_label_${from}`],
  target_label: to,
});

/** The operator writes x-80 where Vitess writes -80. */
const shardOf = (): object => ({
  source_labels: ["__meta_kubernetes_pod_label_planetscale_com_shard"],
  regex: "x?([0-9a-f]*-[0-9a-f]*|0)x?",
  target_label: "shard",
  replacement: "$1",
});

const tabletLabels: readonly object[] = [
  copy("planetscale_com_cell", "data_center"),
  copy("planetscale_com_keyspace", "keyspace"),
  shardOf(),
  {
    source_labels: [
      "__meta_kubernetes_pod_label_planetscale_com_cell",
      "__meta_kubernetes_pod_label_planetscale_com_tablet_uid",
    ],
    separator: "-",
    target_label: "tablet",
  },
];

const VITESS = "tagenal-vitess";
/** Where Kubernetes puts what a pod proves itself by. */
const SECRETS = "/var/run/secrets/kubernetes.io/serviceaccount";
const app = (name: string): string => `app=${name}`;
const component = (name: string): string => `planetscale.com/component=${name}`;

const jobs: readonly PodJob[] = [
  {
    ...{ name: "vttablet", namespace: VITESS, selector: component("vttablet"), port: 15_000 },
    more: tabletLabels,
  },
  // The operator puts an exporter beside each MySQL.
  {
    ...{ name: "mysqld", namespace: VITESS, selector: component("vttablet"), port: 9104 },
    more: tabletLabels,
  },
  {
    ...{ name: "vtgate", namespace: VITESS, selector: component("vtgate"), port: 15_000 },
    more: [copy("planetscale_com_cell", "data_center")],
  },
  { name: "vtorc", namespace: VITESS, selector: component("vtorc"), port: 15_000 },
  { name: "vtctld", namespace: VITESS, selector: component("vtctld"), port: 15_000 },
  { name: "etcd", namespace: VITESS, selector: component("etcd"), port: 2379 },
  {
    name: "functions",
    namespace: "tagenal",
    selector: "serving.knative.dev/service",
    port: 9464,
    more: [
      copy("serving_knative_dev_service", "function"),
      // One that is going away answers no more, and nothing is wrong.
      { source_labels: ["__meta_kubernetes_pod_ready"], regex: "true", action: "keep" },
    ],
  },
  { name: "traefik", namespace: "tagenal-entry", selector: "app=traefik", port: 8081 },
  {
    name: "kube-state-metrics",
    namespace: "monitoring",
    selector: app("kube-state-metrics"),
    port: 8080,
  },
  {
    ...{ name: "node", namespace: "monitoring", selector: app("node-exporter"), port: 9100 },
    more: [{ source_labels: ["__meta_kubernetes_pod_node_name"], target_label: "node" }],
  },
];

const toJob = ({ name, namespace, selector, port, more = [] }: PodJob): object => ({
  job_name: name,
  honor_labels: true,
  kubernetes_sd_configs: [
    {
      role: "pod",
      namespaces: { names: [namespace] },
      selectors: [{ role: "pod", label: selector }],
    },
  ],
  relabel_configs: [
    // A pod is listed once for each of its ports, and its init containers.
    { source_labels: ["__meta_kubernetes_pod_container_init"], regex: "true", action: "drop" },
    {
      source_labels: ["__meta_kubernetes_pod_ip"],
      target_label: "__address__",
      replacement: `$1:${port}`,
    },
    { source_labels: ["__meta_kubernetes_pod_name"], target_label: "instance" },
    ...more,
  ],
  metric_relabel_configs:
    keptMetrics[name] === undefined
      ? []
      : [{ source_labels: ["__name__"], regex: keptMetrics[name].join("|"), action: "keep" }],
});

/** Servers, data and backups, which a function tells; scraping it keeps one pod of it awake. */
const cluster = {
  job_name: "cluster",
  metrics_path: "/v1/metrics",
  scrape_interval: "30s",
  static_configs: [{ targets: ["show-cluster.tagenal.svc.cluster.local:80"] }],
};

const token = { type: "Bearer", credentials_file: `${SECRETS}/token` };

/** What containers use, told by each node. */
const containers = {
  job_name: "containers",
  honor_labels: true,
  scheme: "https",
  metrics_path: "/metrics/cadvisor",
  authorization: token,
  // A kubelet signs its certificate itself, unless the cluster is told otherwise.
  tls_config: { insecure_skip_verify: true },
  kubernetes_sd_configs: [{ role: "node" }],
  relabel_configs: [{ source_labels: ["__meta_kubernetes_node_name"], target_label: "node" }],
  metric_relabel_configs: [
    {
      source_labels: ["__name__"],
      regex: "container_cpu_usage_seconds_total|container_memory_working_set_bytes",
      action: "keep",
    },
  ],
};

/** A file of scrape_config_files. */
export const toScrapeConfigs = (): { readonly scrape_configs: readonly object[] } => ({
  scrape_configs: [...jobs.map(toJob), cluster, containers],
});
