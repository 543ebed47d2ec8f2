/**
 * What is kept of each job's metrics. A vttablet alone has 1,200 series, most of them histograms
 * that nobody looks at: kept are those that a dashboard or an alert asks for, which a test holds
 * together.
 */
export const keptMetrics: Readonly<Record<string, readonly string[]>> = {
  vttablet: [
    "vttablet_tablet_server_state",
    "vttablet_replication_lag_sec",
    "vttablet_queries_(bucket|sum|count)",
    "vttablet_errors",
    "vttablet_kills",
    "vttablet_conn_pool_(active|capacity|wait_count)",
    "vttablet_transaction_pool_(active|capacity|wait_count)",
    "vttablet_v_replication_stream_state",
    "vttablet_v_replication_lag_seconds",
    "process_(cpu_seconds_total|resident_memory_bytes|start_time_seconds)",
  ],
  vtgate: [
    "vtgate_api_(bucket|sum|count)",
    "vtgate_api_error_counts",
    "vtgate_vttablet_call_error_count",
    "vtgate_buffer_(starts|requests_buffered|requests_evicted|failover_duration_sum_ms)",
    "vtgate_mysql_server_conn_count",
    "process_(cpu_seconds_total|resident_memory_bytes|start_time_seconds)",
  ],
  vtorc: [
    "vtorc_current_errant_gtid_count",
    "vtorc_errant_gtid_tablet_count",
    "vtorc_recoveries_count",
    "vtorc_(successful|failed)_recoveries",
    "vtorc_detected_problems",
    "vtorc_pending_recoveries",
    "vtorc_discoveries_(attempt|fail)",
    "process_(cpu_seconds_total|resident_memory_bytes|start_time_seconds)",
  ],
  vtctld: ["process_(cpu_seconds_total|resident_memory_bytes|start_time_seconds)"],
  etcd: [
    "etcd_server_has_leader",
    "etcd_mvcc_db_total_size_in_bytes",
    "etcd_disk_wal_fsync_duration_seconds_(bucket|sum|count)",
    "process_(cpu_seconds_total|resident_memory_bytes|start_time_seconds)",
  ],
  mysqld: [
    "mysql_up",
    "mysql_global_status_(queries|slow_queries|uptime|threads_connected|threads_running)",
    "mysql_global_status_(bytes_received|bytes_sent|aborted_connects)",
    "mysql_global_status_innodb_buffer_pool_(read_requests|reads|bytes_data|pages_dirty)",
    "mysql_global_status_innodb_(row_lock_time|row_lock_waits|data_reads|data_writes|os_log_written)",
    "mysql_global_status_rpl_semi_sync_.*",
    "mysql_slave_status_(replica|slave)_(io|sql)_running",
    "mysql_slave_status_seconds_behind_(source|master)",
  ],
  redis: [
    "redis_up",
    "redis_cluster_(state|slots_ok|slots_fail|size|known_nodes)",
    "redis_(memory_used_bytes|memory_max_bytes|connected_clients|evicted_keys_total)",
    "redis_(keyspace_hits_total|keyspace_misses_total|commands_processed_total)",
    "redis_instance_info",
  ],
  node: [
    "node_cpu_seconds_total",
    "node_memory_(MemTotal|MemAvailable)_bytes",
    "node_filesystem_(avail|size)_bytes",
    "node_disk_(read|written)_bytes_total",
    "node_load1",
  ],
};

/** What a job without a list of its own keeps: all but what each Go and Node program says of itself. */
export const OTHERS_DROP = "(go|promhttp|nodejs)_.*";
