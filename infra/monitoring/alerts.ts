/**
 * What somebody is called for. Each alert has its section in runbooks.md: what it means, where to
 * look, what to do. Pure.
 *
 * Times are in seconds and divided by `haste`, which is 1 where people are called; a test that
 * makes the fault does not wait ten minutes for it.
 */

export interface Alert {
  readonly name: string;
  readonly expr: string;
  /** For how long it has to be so. */
  readonly forSeconds: number;
  /** page: now; ticket: today. */
  readonly severity: "page" | "ticket";
  /** One line, with the labels of what is concerned. */
  readonly summary: string;
}

export interface AlertSettings {
  readonly haste: number;
  /** Below so many free bytes a disk is filling. */
  readonly leastFreeBytes: number;
}

export const usual: AlertSettings = { haste: 1, leastFreeBytes: 2 * 1024 ** 3 };

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const API_ERRORS = 'tagenal_entry_request_duration_seconds_count{status=~"5.."}';
const API_REQUESTS = "tagenal_entry_request_duration_seconds_count";
/** Of 1,000 requests so many may fail. */
const BUDGET = 0.001;

/** Times as this set of alerts has them. */
interface Times {
  /** In an expression, such as 300s. */
  readonly span: (seconds: number) => string;
  /** As a number to compare with. */
  readonly limit: (seconds: number) => number;
}

/** Errors are spent `rate` times as fast as they may be, over the long window and still over the short. */
const burns = (rate: number, long: string, short: string): string => {
  const share = (window: string): string =>
    `(sum(rate(${API_ERRORS}[${window}])) / sum(rate(${API_REQUESTS}[${window}])))`;
  return `${share(long)} > ${rate * BUDGET} and ${share(short)} > ${rate * BUDGET}`;
};

const ofServers = ({ span }: Times): Alert[] => [
  {
    name: "ServerDown",
    // A MySQL that is down has an exporter that answers; one that hangs lets that one hang too.
    expr: 'up{job=~"vttablet|mysqld"} == 0 or mysql_up == 0',
    ...{ forSeconds: 30, severity: "page" },
    summary: "{{ $labels.tablet }} does not answer",
  },
  {
    name: "ShardWithoutPrimary",
    expr:
      'count by (keyspace, shard) (up{job="vttablet"}) unless on (keyspace, shard) ' +
      '(vttablet_tablet_server_state{name="SERVING", type="PRIMARY"} == 1)',
    ...{ forSeconds: 15, severity: "page" },
    summary: "{{ $labels.keyspace }}/{{ $labels.shard }} has no primary: nothing is written there",
  },
  {
    name: "ReplicaNotReplicating",
    expr:
      // Both its threads stand together: without the minimum there would be two of the same labels.
      'min by (tablet, keyspace, shard) ({__name__=~"mysql_slave_status_(replica|slave)_(io|sql)_running"}) == 0 ' +
      'or max by (tablet, keyspace, shard) (vttablet_tablet_server_state{name!="SERVING", type="REPLICA"}) == 1',
    ...{ forSeconds: MINUTE, severity: "page" },
    summary: "{{ $labels.tablet }} does not follow its primary",
  },
  {
    name: "ReplicaBehind",
    expr: 'max by (tablet, keyspace, shard) ({__name__=~"mysql_slave_status_seconds_behind_(source|master)"}) > 10',
    ...{ forSeconds: 2 * MINUTE, severity: "ticket" },
    summary: "{{ $labels.tablet }} is {{ $value }} s behind its primary",
  },
  {
    name: "ErrantTransactions",
    expr: "tagenal_tablet_errant_gtids > 0 or vtorc_current_errant_gtid_count > 0",
    ...{ forSeconds: 10, severity: "ticket" },
    summary: "{{ $labels.tablet }} has transactions that its primary does not have",
  },
  {
    name: "StreamInError",
    expr: 'max by (keyspace, shard, workflow, state) (vttablet_v_replication_stream_state{state=~"Error|Unknown"}) == 1',
    ...{ forSeconds: 30, severity: "page" },
    summary: "{{ $labels.workflow }} is not kept up in {{ $labels.keyspace }}/{{ $labels.shard }}",
  },
  {
    name: "StreamBehind",
    expr: "max by (keyspace, shard, workflow) (vttablet_v_replication_lag_seconds) > 60",
    ...{ forSeconds: 5 * MINUTE, severity: "ticket" },
    summary: "{{ $labels.workflow }} is {{ $value }} s behind",
  },
  {
    name: "BackupTooOld",
    expr: `time() - tagenal_shard_backup_timestamp_seconds > ${26 * HOUR}`,
    ...{ forSeconds: HOUR, severity: "ticket" },
    summary: "{{ $labels.keyspace }}/{{ $labels.shard }} has no backup of the last day",
  },
  {
    name: "RecoveriesRepeat",
    expr: `sum(increase(vtorc_recoveries_count[${span(HOUR)}])) > 10`,
    ...{ forSeconds: 0, severity: "ticket" },
    summary: "vtorc has mended {{ $value }} times within an hour",
  },
];

const ofMachine = ({ leastFreeBytes }: AlertSettings): Alert[] => [
  {
    name: "DiskFilling",
    expr:
      `tagenal_tablet_disk_free_bytes < ${leastFreeBytes} or ` +
      'kubelet_volume_stats_available_bytes{namespace=~"tagenal.*"} / kubelet_volume_stats_capacity_bytes < 0.1',
    ...{ forSeconds: MINUTE, severity: "page" },
    summary: "the disk of {{ $labels.tablet }}{{ $labels.persistentvolumeclaim }} is filling",
  },
];

const ofParts = ({ span }: Times): Alert[] => [
  {
    name: "ComponentDown",
    expr:
      'up{job=~"vtgate|vtorc|vtctld|etcd|broker|functions|cluster"} == 0 or ' +
      'tagenal_unit_up{unit!~"redis-.*|.*-\\\\d+(/mysql)?"} == 0',
    ...{ forSeconds: 30, severity: "page" },
    summary: "{{ $labels.job }} {{ $labels.unit }}{{ $labels.instance }} does not answer",
  },
  {
    name: "CacheDown",
    // Of one that hangs the exporter tells nothing.
    expr: 'up{job="redis"} == 0 or redis_up == 0 or redis_cluster_state == 0',
    ...{ forSeconds: 30, severity: "ticket" },
    summary: "Redis at {{ $labels.instance }} is down: answers are not cached",
  },
  {
    name: "MonitoringIncomplete",
    expr:
      'up{job=~"prometheus|alertmanager|node|supervisor"} == 0 or ' +
      `increase(prometheus_rule_evaluation_failures_total[${span(10 * MINUTE)}]) > 0`,
    ...{ forSeconds: 2 * MINUTE, severity: "ticket" },
    summary: "{{ $labels.job }} at {{ $labels.instance }} is not scraped, or does not evaluate",
  },
];

const ofWork = ({ span, limit }: Times): Alert[] => [
  {
    name: "ApiErrorsFast",
    expr: burns(14.4, span(HOUR), span(5 * MINUTE)),
    ...{ forSeconds: 2 * MINUTE, severity: "page" },
    summary: "the API spends a month's errors in two days",
  },
  {
    name: "ApiErrorsSlow",
    expr: burns(3, span(24 * HOUR), span(2 * HOUR)),
    ...{ forSeconds: 15 * MINUTE, severity: "ticket" },
    summary: "the API spends a month's errors in ten days",
  },
  {
    name: "FunctionDoesNotStart",
    expr: `increase(tagenal_function_start_failures_total[${span(10 * MINUTE)}]) > 2`,
    ...{ forSeconds: 0, severity: "page" },
    summary: "{{ $labels.function }} does not start",
  },
  {
    name: "QueueStuck",
    expr:
      `tagenal_broker_queue_oldest_seconds > ${limit(5 * MINUTE)} or ` +
      `tagenal_outbox_oldest_seconds > ${limit(5 * MINUTE)}`,
    ...{ forSeconds: MINUTE, severity: "page" },
    summary: "events {{ $labels.trigger }} wait for {{ $value }} s",
  },
  {
    name: "DeadLetters",
    expr: `tagenal_dead_letters_newest_seconds < ${limit(HOUR)}`,
    ...{ forSeconds: 0, severity: "ticket" },
    summary: "an event was given up and lies in dead_letter",
  },
  {
    name: "OperationStuck",
    expr: `tagenal_operation_unmoved_seconds > ${limit(15 * MINUTE)}`,
    ...{ forSeconds: MINUTE, severity: "ticket" },
    summary: "an operation ({{ $labels.kind }}) has not moved for {{ $value }} s",
  },
];

const toWhole = (seconds: number): number => Math.max(1, Math.round(seconds));

export const createAlerts = (settings: AlertSettings = usual): readonly Alert[] => {
  const limit = (seconds: number): number => toWhole(seconds / settings.haste);
  const times: Times = { limit, span: (seconds) => `${limit(seconds)}s` };
  return [...ofServers(times), ...ofMachine(settings), ...ofParts(times), ...ofWork(times)];
};

export const RUNBOOKS = "infra/monitoring/runbooks.md";

/** As Prometheus reads them; JSON is YAML. */
export const toRules = (settings: AlertSettings = usual): object => ({
  groups: [
    {
      name: "tagenal",
      rules: createAlerts(settings).map(({ name, expr, forSeconds, severity, summary }) => ({
        alert: name,
        expr,
        ...(forSeconds === 0 ? {} : { for: `${toWhole(forSeconds / settings.haste)}s` }),
        labels: { severity },
        annotations: { summary, runbook: `${RUNBOOKS}#${name.toLowerCase()}` },
      })),
    },
  ],
});
