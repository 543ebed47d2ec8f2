/** What the dashboards show: by dashboard its rows, by row its panels, by panel its queries. Pure. */

export interface Query {
  readonly expr: string;
  /** How a line is called, such as {{tablet}}. */
  readonly legend: string;
}

export interface PanelPlan {
  readonly title: string;
  /** Of Grafana: s, bytes, percentunit, reqps, … */
  readonly unit: string;
  readonly queries: readonly Query[];
}

export interface DashboardPlan {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Labels to choose by, each with the metric whose values are offered. */
  readonly variables: Readonly<Record<string, string>>;
  readonly rows: Readonly<Record<string, readonly PanelPlan[]>>;
  /** Only where there is a Kubernetes: on one machine its queries answer nothing. */
  readonly needs?: "kubernetes";
}

const RATE = "$__rate_interval";

const panel = (
  title: string,
  unit: string,
  ...queries: readonly [string, string][]
): PanelPlan => ({
  title,
  unit,
  queries: queries.map(([expr, legend]) => ({ expr, legend })),
});

const quantile = (share: number, metric: string, by: string): string =>
  `histogram_quantile(${share}, sum by (le, ${by}) (rate(${metric}_bucket[${RATE}])))`;

const overview: DashboardPlan = {
  uid: "tagenal-overview",
  title: "Tagenal: overview",
  description: "Whether all is well, and where to look if not.",
  variables: {},
  rows: {
    "Is all well": [
      panel("Alerts that fire", "short", [
        'sum by (alertname) (ALERTS{alertstate="firing"}) or vector(0)',
        "{{alertname}}",
      ]),
      panel("Servers by role", "short", ["count by (role) (tagenal_tablet_info)", "{{role}}"]),
      panel("Parts that answer", "percentunit", ["avg by (job) (up)", "{{job}}"]),
      panel("Restarts", "short", [
        `sum(increase(tagenal_unit_restarts_total[${RATE}]))`,
        "in the interval",
      ]),
    ],
    Work: [
      panel("Queries", "reqps", [
        `sum by (keyspace, shard) (rate(vttablet_queries_count[${RATE}]))`,
        "{{keyspace}}/{{shard}}",
      ]),
      panel("Requests", "reqps", [
        `sum by (function) (rate(tagenal_entry_request_duration_seconds_count[${RATE}]))`,
        "{{function}}",
      ]),
      panel("Lag", "s", ["max by (tablet) (tagenal_tablet_lag_seconds)", "{{tablet}}"]),
      panel("Derived tables behind", "s", [
        "max by (workflow, shard) (vttablet_v_replication_lag_seconds)",
        "{{workflow}} {{shard}}",
      ]),
    ],
    Data: [
      panel("Rows", "short", [
        "max by (table, keyspace, shard) (tagenal_table_rows)",
        "{{keyspace}}/{{shard}} {{table}}",
      ]),
      panel("Bytes", "bytes", [
        "sum by (keyspace, shard, data_center) (tagenal_table_bytes)",
        "{{keyspace}}/{{shard}} {{data_center}}",
      ]),
      panel("Media", "bytes", ["tagenal_media_bytes", "bytes"]),
      panel("Age of the newest backup", "s", [
        "time() - tagenal_shard_backup_timestamp_seconds",
        "{{keyspace}}/{{shard}}",
      ]),
    ],
  },
};

const server: DashboardPlan = {
  uid: "tagenal-server",
  title: "Tagenal: a server",
  description: "One vttablet with its MySQL.",
  variables: { tablet: "tagenal_tablet_info" },
  rows: {
    vttablet: [
      panel("Queries", "reqps", [
        `sum by (plan_type) (rate(vttablet_queries_count{tablet=~"$tablet"}[${RATE}]))`,
        "{{plan_type}}",
      ]),
      panel(
        "Time of queries",
        "s",
        [
          quantile(0.5, "vttablet_queries", "tablet").replace(
            "_bucket[",
            '_bucket{tablet=~"$tablet"}[',
          ),
          "p50 {{tablet}}",
        ],
        [
          quantile(0.99, "vttablet_queries", "tablet").replace(
            "_bucket[",
            '_bucket{tablet=~"$tablet"}[',
          ),
          "p99 {{tablet}}",
        ],
      ),
      panel("Errors", "reqps", [
        `sum by (error_code) (rate(vttablet_errors{tablet=~"$tablet"}[${RATE}]))`,
        "{{error_code}}",
      ]),
      panel("Processor and memory", "percent", [
        'tagenal_tablet_cpu_percent{tablet=~"$tablet"}',
        "cpu {{tablet}}",
      ]),
      panel("Memory", "bytes", ['tagenal_tablet_memory_bytes{tablet=~"$tablet"}', "{{tablet}}"]),
      panel(
        "Disk",
        "bytes",
        ['tagenal_tablet_disk_used_bytes{tablet=~"$tablet"}', "used {{tablet}}"],
        ['tagenal_tablet_disk_free_bytes{tablet=~"$tablet"}', "free {{tablet}}"],
      ),
    ],
    MySQL: [
      panel(
        "Connections",
        "short",
        ['mysql_global_status_threads_connected{tablet=~"$tablet"}', "connected {{tablet}}"],
        ['mysql_global_status_threads_running{tablet=~"$tablet"}', "running {{tablet}}"],
      ),
      panel("Statements", "reqps", [
        `rate(mysql_global_status_queries{tablet=~"$tablet"}[${RATE}])`,
        "{{tablet}}",
      ]),
      panel("Replication", "s", [
        'tagenal_tablet_lag_seconds{tablet=~"$tablet"}',
        "behind {{tablet}}",
      ]),
      panel("Errant transactions", "short", [
        'tagenal_tablet_errant_gtids{tablet=~"$tablet"}',
        "{{tablet}}",
      ]),
      panel("Waits for row locks", "reqps", [
        `rate(mysql_global_status_innodb_row_lock_waits{tablet=~"$tablet"}[${RATE}])`,
        "{{tablet}}",
      ]),
      panel("Pages read from disk", "reqps", [
        `rate(mysql_global_status_innodb_buffer_pool_reads{tablet=~"$tablet"}[${RATE}])`,
        "{{tablet}}",
      ]),
    ],
  },
};

const shard: DashboardPlan = {
  uid: "tagenal-shard",
  title: "Tagenal: a shard",
  description: "The servers of one shard beside each other.",
  variables: { shard: "tagenal_tablet_info" },
  rows: {
    Servers: [
      panel("Queries", "reqps", [
        `sum by (tablet) (rate(vttablet_queries_count{shard=~"$shard"}[${RATE}]))`,
        "{{tablet}}",
      ]),
      panel("Who is primary", "short", [
        'max by (tablet) (vttablet_tablet_server_state{shard=~"$shard", type="PRIMARY", name="SERVING"})',
        "{{tablet}}",
      ]),
      panel("Lag", "s", ['tagenal_tablet_lag_seconds{shard=~"$shard"}', "{{tablet}}"]),
      panel("Buffered during a change of primary", "reqps", [
        `sum(rate(vtgate_buffer_requests_buffered[${RATE}]))`,
        "requests",
      ]),
    ],
    Data: [
      panel("Rows", "short", [
        'max by (table, data_center) (tagenal_table_rows{shard=~"$shard"})',
        "{{table}} {{data_center}}",
      ]),
      panel("Derived tables behind", "s", [
        'max by (workflow) (vttablet_v_replication_lag_seconds{shard=~"$shard"})',
        "{{workflow}}",
      ]),
    ],
  },
};

const api: DashboardPlan = {
  uid: "tagenal-api",
  title: "Tagenal: the API",
  description:
    "Rate, errors and duration of what callers see, and of what functions ask of the database.",
  variables: { function: "tagenal_entry_request_duration_seconds_count" },
  rows: {
    Callers: [
      panel("Requests", "reqps", [
        `sum by (function) (rate(tagenal_entry_request_duration_seconds_count{function=~"$function"}[${RATE}]))`,
        "{{function}}",
      ]),
      panel("Failed", "percentunit", [
        `(sum by (function) (rate(tagenal_entry_request_duration_seconds_count{function=~"$function", status=~"5.."}[${RATE}])) or sum by (function) (rate(tagenal_entry_request_duration_seconds_count{function=~"$function"}[${RATE}])) * 0) / sum by (function) (rate(tagenal_entry_request_duration_seconds_count{function=~"$function"}[${RATE}]))`,
        "{{function}}",
      ]),
      panel(
        "Time",
        "s",
        [
          quantile(0.5, "tagenal_entry_request_duration_seconds", "function").replace(
            "_bucket[",
            '_bucket{function=~"$function"}[',
          ),
          "p50 {{function}}",
        ],
        [
          quantile(0.99, "tagenal_entry_request_duration_seconds", "function").replace(
            "_bucket[",
            '_bucket{function=~"$function"}[',
          ),
          "p99 {{function}}",
        ],
      ),
      panel("Under way", "short", [
        'tagenal_entry_requests_in_flight{function=~"$function"}',
        "{{function}}",
      ]),
    ],
    Functions: [
      panel("Statements", "reqps", [
        `sum by (function, target, verb) (rate(tagenal_sql_duration_seconds_count{function=~"$function"}[${RATE}]))`,
        "{{function}} {{target}} {{verb}}",
      ]),
      panel("Time of statements", "s", [
        quantile(0.99, "tagenal_sql_duration_seconds", "function").replace(
          "_bucket[",
          '_bucket{function=~"$function"}[',
        ),
        "p99 {{function}}",
      ]),
      panel("Processes", "short", ["sum(tagenal_function_running)", "running"]),
      panel("Memory", "bytes", [
        'sum by (function) (process_resident_memory_bytes{job="functions"})',
        "{{function}}",
      ]),
    ],
    vtgate: [
      panel("Calls", "reqps", [
        `sum by (data_center) (rate(vtgate_api_count[${RATE}]))`,
        "{{data_center}}",
      ]),
      panel("Time", "s", [quantile(0.99, "vtgate_api", "data_center"), "p99 {{data_center}}"]),
    ],
  },
};

const operations: DashboardPlan = {
  uid: "tagenal-operations",
  title: "Tagenal: loads and operations",
  description: "What was asked for, how far it is, and what was given up.",
  variables: {},
  rows: {
    Operations: [
      panel("Not ended", "short", [
        "sum by (kind, state) (tagenal_operations) or vector(0)",
        "{{kind}} {{state}}",
      ]),
      panel("Steps", "s", [
        `${quantile(0.99, "tagenal_operation_step_duration_seconds", "kind, step")} or vector(0)`,
        "p99 {{kind}} {{step}}",
      ]),
      panel("Not moved for", "s", [
        "max by (kind) (tagenal_operation_unmoved_seconds) or vector(0)",
        "{{kind}}",
      ]),
      panel("Events not yet sent", "short", ["max(tagenal_outbox_events) or vector(0)", "outbox"]),
    ],
    Loads: [
      panel("Rows", "rowsps", [
        `sum by (table) (rate(tagenal_loaded_rows_total[${RATE}])) or vector(0)`,
        "{{table}}",
      ]),
      panel("Dead letters", "short", ["tagenal_dead_letters", "kept"]),
    ],
  },
};

const broker: DashboardPlan = {
  uid: "tagenal-broker",
  title: "Tagenal: broker",
  description: "Events on their way.",
  variables: {},
  rows: {
    Events: [
      panel("Accepted", "reqps", [
        `sum by (outcome) (rate(tagenal_broker_events_total[${RATE}]))`,
        "{{outcome}}",
      ]),
      panel("Delivered", "reqps", [
        `sum by (trigger, outcome) (rate(tagenal_broker_deliveries_total[${RATE}]))`,
        "{{trigger}} {{outcome}}",
      ]),
      panel("Waiting", "short", [
        "sum by (trigger) (tagenal_broker_queue_events) or vector(0)",
        "{{trigger}}",
      ]),
      panel("Age of the oldest", "s", [
        "max by (trigger) (tagenal_broker_queue_oldest_seconds) or vector(0)",
        "{{trigger}}",
      ]),
      panel("Tried again", "reqps", [
        `sum by (trigger) (rate(tagenal_broker_retries_total[${RATE}])) or vector(0)`,
        "{{trigger}}",
      ]),
      panel("Time of an attempt", "s", [
        quantile(0.99, "tagenal_broker_attempt_duration_seconds", "trigger"),
        "p99 {{trigger}}",
      ]),
    ],
  },
};

const cache: DashboardPlan = {
  uid: "tagenal-cache",
  title: "Tagenal: cache",
  description: "Redis Cluster, and what functions get from it.",
  variables: {},
  rows: {
    Redis: [
      panel("Up", "short", ["redis_up", "{{instance}}"]),
      panel("Slots served", "short", ["min(redis_cluster_slots_ok)", "of 16384"]),
      panel("Memory", "bytes", ["redis_memory_used_bytes", "{{instance}}"]),
      panel("Commands", "reqps", [`rate(redis_commands_processed_total[${RATE}])`, "{{instance}}"]),
      panel("Evicted", "reqps", [`rate(redis_evicted_keys_total[${RATE}])`, "{{instance}}"]),
    ],
    Functions: [
      panel("Answers", "reqps", [
        `sum by (outcome) (rate(tagenal_cache_requests_total[${RATE}])) or vector(0)`,
        "{{outcome}}",
      ]),
    ],
  },
};

const kubernetes: DashboardPlan = {
  uid: "tagenal-kubernetes",
  title: "Tagenal: Kubernetes",
  description:
    "Nodes and pods of Tagenal's namespaces, as kube-state-metrics and the kubelets tell.",
  variables: {},
  needs: "kubernetes",
  rows: {
    Pods: [
      panel("By phase", "short", [
        'sum by (namespace, phase) (kube_pod_status_phase{namespace=~"tagenal.*"})',
        "{{namespace}} {{phase}}",
      ]),
      panel("Not ready", "short", [
        'sum by (pod) (kube_pod_status_ready{namespace=~"tagenal.*", condition="false"})',
        "{{pod}}",
      ]),
      panel("Restarts", "short", [
        `sum by (pod, container) (increase(kube_pod_container_status_restarts_total{namespace=~"tagenal.*"}[${RATE}]))`,
        "{{pod}} {{container}}",
      ]),
      panel("Processor", "short", [
        `sum by (pod) (rate(container_cpu_usage_seconds_total{namespace=~"tagenal.*", container!=""}[${RATE}]))`,
        "{{pod}}",
      ]),
      panel("Memory", "bytes", [
        'sum by (pod) (container_memory_working_set_bytes{namespace=~"tagenal.*", container!=""})',
        "{{pod}}",
      ]),
      panel("On which node", "short", [
        'count by (node) (kube_pod_info{namespace=~"tagenal.*"})',
        "{{node}}",
      ]),
    ],
    Nodes: [
      panel("Ready", "short", [
        'kube_node_status_condition{condition="Ready", status="true"}',
        "{{node}}",
      ]),
      panel("Processor", "percentunit", [
        `1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[${RATE}]))`,
        "{{instance}}",
      ]),
      panel("Memory left", "bytes", ["node_memory_MemAvailable_bytes", "{{instance}}"]),
      panel("Volumes", "percentunit", [
        '1 - kubelet_volume_stats_available_bytes{namespace=~"tagenal.*"} / kubelet_volume_stats_capacity_bytes',
        "{{persistentvolumeclaim}}",
      ]),
    ],
  },
};

export const dashboardPlans: readonly DashboardPlan[] = [
  ...[overview, server, shard, api, operations, broker, cache, kubernetes],
];

/** A query as Grafana sends it, with its variables filled in. */
export const fillIn = (expr: string, rateInterval = "1m"): string =>
  expr.replaceAll(RATE, rateInterval).replaceAll(/\$[a-z]+/g, ".*");
