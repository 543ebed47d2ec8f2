/** What promtool plays to each rule: series, and at which moments which alert fires. */
import { createAlerts } from "#infra/monitoring/alerts.ts";

interface Expected {
  readonly exp_labels: Readonly<Record<string, string>>;
  readonly exp_annotations: Readonly<Record<string, string>>;
}

export interface RuleTest {
  readonly interval: string;
  readonly input_series: readonly { readonly series: string; readonly values: string }[];
  readonly alert_rule_test: readonly {
    readonly eval_time: string;
    readonly alertname: string;
    readonly exp_alerts: readonly Expected[];
  }[];
}

/** In promtool's notation: `1x40` is 41 times 1, `0+5x40` grows by 5. One each step. */
type Series = Readonly<Record<string, string>>;

/** Between two samples. What takes a day is played in longer steps. */
type Step = "15s" | "5m";

interface Case {
  readonly step?: Step;
  readonly alert: string;
  readonly series: Series;
  /** It is quiet until then. */
  readonly quietAt: string;
  readonly firesAt: string;
  /** Besides severity. */
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
}

const severities = new Map(createAlerts().map(({ name, severity }) => [name, severity]));

const toTest = ({
  step = "15s",
  alert,
  series,
  quietAt,
  firesAt,
  ...expected
}: Case): RuleTest => ({
  interval: step,
  input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
  alert_rule_test: [
    { eval_time: quietAt, alertname: alert, exp_alerts: [] },
    {
      eval_time: firesAt,
      alertname: alert,
      exp_alerts: [
        {
          exp_labels: { ...expected.labels, severity: severities.get(alert) ?? "" },
          exp_annotations: {
            summary: expected.summary,
            runbook: `infra/monitoring/runbooks.md#${alert.toLowerCase()}`,
          },
        },
      ],
    },
  ],
});

const tablet = 'tablet="beijing-102", keyspace="tagenal", shard="-80"';
const tabletLabels = { tablet: "beijing-102", keyspace: "tagenal", shard: "-80" };
const shardLabels = { keyspace: "tagenal", shard: "-80" };

const cases: readonly Case[] = [
  {
    alert: "ServerDown",
    series: { [`up{job="vttablet", ${tablet}}`]: "1x8 0x40" },
    ...{ quietAt: "2m", firesAt: "4m" },
    labels: { ...tabletLabels, job: "vttablet" },
    summary: "beijing-102 does not answer",
  },
  {
    alert: "ServerDown",
    series: { [`mysql_up{${tablet}}`]: "1x8 0x40", [`up{job="mysqld", ${tablet}}`]: "1x80" },
    ...{ quietAt: "2m", firesAt: "4m" },
    labels: tabletLabels,
    summary: "beijing-102 does not answer",
  },
  {
    alert: "ShardWithoutPrimary",
    series: {
      [`up{job="vttablet", ${tablet}}`]: "1x40",
      [`vttablet_tablet_server_state{${tablet}, name="SERVING", type="PRIMARY"}`]: "1x8 stale",
      'up{job="vttablet", tablet="hongkong-201", keyspace="tagenal", shard="80-"}': "1x40",
      'vttablet_tablet_server_state{tablet="hongkong-201", keyspace="tagenal", shard="80-", name="SERVING", type="PRIMARY"}':
        "1x40",
    },
    ...{ quietAt: "2m", firesAt: "4m" },
    labels: shardLabels,
    summary: "tagenal/-80 has no primary: nothing is written there",
  },
  {
    alert: "ReplicaNotReplicating",
    series: {
      [`mysql_slave_status_replica_io_running{${tablet}}`]: "1x8 0x40",
      [`mysql_slave_status_replica_sql_running{${tablet}}`]: "1x8 0x40",
    },
    ...{ quietAt: "2m45s", firesAt: "4m" },
    labels: tabletLabels,
    summary: "beijing-102 does not follow its primary",
  },
  {
    alert: "ReplicaBehind",
    series: { [`mysql_slave_status_seconds_behind_source{${tablet}}`]: "0x8 30x40" },
    ...{ quietAt: "3m", firesAt: "5m" },
    labels: tabletLabels,
    summary: "beijing-102 is 30 s behind its primary",
  },
  {
    alert: "ErrantTransactions",
    series: { [`tagenal_tablet_errant_gtids{${tablet}}`]: "0x8 1x40" },
    ...{ quietAt: "2m", firesAt: "3m" },
    labels: tabletLabels,
    summary: "beijing-102 has transactions that its primary does not have",
  },
  {
    alert: "StreamInError",
    series: {
      'vttablet_v_replication_stream_state{tablet="beijing-101", keyspace="tagenal", shard="-80", workflow="be_read", state="Running", counts="7"}':
        "1x8 stale",
      'vttablet_v_replication_stream_state{tablet="beijing-101", keyspace="tagenal", shard="-80", workflow="be_read", state="Error", counts="7"}':
        "_x8 1x40",
    },
    ...{ quietAt: "2m", firesAt: "4m" },
    labels: { ...shardLabels, workflow: "be_read", state: "Error" },
    summary: "be_read is not kept up in tagenal/-80",
  },
  {
    alert: "StreamBehind",
    series: {
      'vttablet_v_replication_lag_seconds{keyspace="tagenal", shard="-80", workflow="be_read", counts="7"}':
        "0x8 90x60",
    },
    ...{ quietAt: "5m", firesAt: "9m" },
    labels: { ...shardLabels, workflow: "be_read" },
    summary: "be_read is 90 s behind",
  },
  {
    alert: "BackupTooOld",
    // promtool's clock begins at 0: a backup of then is 26 hours old after 26 hours.
    series: { 'tagenal_shard_backup_timestamp_seconds{keyspace="tagenal", shard="-80"}': "0x400" },
    step: "5m",
    ...{ quietAt: "26h", firesAt: "28h" },
    labels: shardLabels,
    summary: "tagenal/-80 has no backup of the last day",
  },
  {
    alert: "RecoveriesRepeat",
    series: { vtorc_recoveries_count: "0x8 0+1x60" },
    ...{ quietAt: "2m", firesAt: "10m" },
    labels: {},
    summary: "vtorc has mended 31 times within an hour",
  },
  {
    alert: "DiskFilling",
    series: { [`tagenal_tablet_disk_free_bytes{${tablet}}`]: "9e9x8 1e9x40" },
    ...{ quietAt: "2m", firesAt: "4m" },
    labels: tabletLabels,
    summary: "the disk of beijing-102 is filling",
  },
  {
    alert: "ComponentDown",
    series: { 'up{job="vtorc", instance="127.0.0.1:1"}': "1x8 0x40" },
    ...{ quietAt: "2m", firesAt: "4m" },
    labels: { job: "vtorc", instance: "127.0.0.1:1" },
    summary: "vtorc 127.0.0.1:1 does not answer",
  },
  {
    alert: "ComponentDown",
    series: {
      'tagenal_unit_up{unit="object-store"}': "1x8 0x40",
      'tagenal_unit_up{unit="beijing-102/mysql"}': "0x60",
      'tagenal_unit_up{unit="redis-17020"}': "0x60",
    },
    ...{ quietAt: "2m", firesAt: "4m" },
    labels: { unit: "object-store" },
    summary: " object-store does not answer",
  },
  {
    alert: "CacheDown",
    series: { 'redis_up{instance="127.0.0.1:6379"}': "1x8 0x40" },
    ...{ quietAt: "2m", firesAt: "4m" },
    labels: { instance: "127.0.0.1:6379" },
    summary: "Redis at 127.0.0.1:6379 is down: answers are not cached",
  },
  {
    alert: "MonitoringIncomplete",
    series: { 'up{job="node", instance="127.0.0.1:9100"}': "1x8 0x40" },
    ...{ quietAt: "3m", firesAt: "5m" },
    labels: { job: "node", instance: "127.0.0.1:9100" },
    summary: "node at 127.0.0.1:9100 is not scraped, or does not evaluate",
  },
  {
    alert: "MonitoringIncomplete",
    series: {
      'prometheus_rule_evaluation_failures_total{job="prometheus", instance="127.0.0.1:1"}':
        "0x8 0+1x40",
    },
    ...{ quietAt: "3m", firesAt: "6m" },
    labels: { job: "prometheus", instance: "127.0.0.1:1" },
    summary: "prometheus at 127.0.0.1:1 is not scraped, or does not evaluate",
  },
  {
    alert: "ApiErrorsFast",
    series: {
      'tagenal_entry_request_duration_seconds_count{status="200", function="query-users"}':
        "0+100x400",
      'tagenal_entry_request_duration_seconds_count{status="503", function="query-users"}':
        "0x40 0+5x360",
    },
    ...{ quietAt: "10m", firesAt: "40m" },
    labels: {},
    summary: "the API spends a month's errors in two days",
  },
  {
    alert: "ApiErrorsSlow",
    series: {
      'tagenal_entry_request_duration_seconds_count{status="200", function="query-users"}':
        "0+20000x300",
      'tagenal_entry_request_duration_seconds_count{status="500", function="query-users"}':
        "0x20 0+120x280",
    },
    step: "5m",
    ...{ quietAt: "100m", firesAt: "20h" },
    labels: {},
    summary: "the API spends a month's errors in ten days",
  },
  {
    alert: "FunctionDoesNotStart",
    series: { 'tagenal_function_start_failures_total{function="query-users"}': "0x8 0+1x40" },
    ...{ quietAt: "2m", firesAt: "5m" },
    labels: { function: "query-users" },
    summary: "query-users does not start",
  },
  {
    alert: "QueueStuck",
    series: { 'tagenal_broker_queue_oldest_seconds{trigger="load-chunk"}': "0x8 400x40" },
    ...{ quietAt: "2m", firesAt: "4m" },
    labels: { trigger: "load-chunk" },
    summary: "events load-chunk wait for 400 s",
  },
  {
    alert: "DeadLetters",
    series: { tagenal_dead_letters_newest_seconds: "9000x8 10+15x60" },
    ...{ quietAt: "2m", firesAt: "3m" },
    labels: {},
    summary: "an event was given up and lies in dead_letter",
  },
  {
    alert: "OperationStuck",
    series: { 'tagenal_operation_unmoved_seconds{kind="load"}': "0x8 1000x40" },
    ...{ quietAt: "2m", firesAt: "4m" },
    labels: { kind: "load" },
    summary: "an operation (load) has not moved for 1000 s",
  },
];

/** By the step in which the rules are to be evaluated too. */
export const ruleTests: Readonly<Record<Step, readonly RuleTest[]>> = {
  "15s": cases.map(toTest).filter(({ interval }) => interval === "15s"),
  "5m": cases.map(toTest).filter(({ interval }) => interval === "5m"),
};
