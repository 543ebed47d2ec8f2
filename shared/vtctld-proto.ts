/**
 * The part of vtctld's gRPC interface that is used here, described by hand: a few messages of many
 * hundred, with the numbers of Vitess's own proto files, which never change.
 */
const text = (id: number) => ({ type: "string", id });
const flag = (id: number) => ({ type: "bool", id });
const whole = (id: number) => ({ type: "int32", id });
const message = (type: string, id: number) => ({ type, id });
const list = (type: string, id: number) => ({ rule: "repeated", type, id });
const map = (type: string, id: number) => ({ keyType: "string", type, id });
const method = (name: string, response = "Empty") => ({
  requestType: `${name}Request`,
  responseType: response,
});
const alias = (id: number) => message("TabletAlias", id);
const duration = (id: number) => message("Duration", id);
const shardOf = { keyspace: text(1), shard: text(2) };

const methods = {
  GetWorkflows: method("GetWorkflows", "GetWorkflowsResponse"),
  WorkflowUpdate: method("WorkflowUpdate"),
  WorkflowDelete: method("WorkflowDelete"),
  WorkflowStatus: method("WorkflowStatus", "WorkflowStatusResponse"),
  WorkflowSwitchTraffic: method("WorkflowSwitchTraffic"),
  MaterializeCreate: method("MaterializeCreate"),
  ReshardCreate: method("ReshardCreate"),
  // Completes a Reshard too.
  MoveTablesComplete: method("MoveTablesComplete"),
  VDiffCreate: method("VDiffCreate"),
  VDiffShow: method("VDiffShow", "VDiffShowResponse"),
  ExecuteFetchAsDBA: method("ExecuteFetchAsDBA", "ExecuteFetchAsDBAResponse"),
  FindAllShardsInKeyspace: method("FindAllShardsInKeyspace", "FindAllShardsInKeyspaceResponse"),
  DeleteShards: method("DeleteShards"),
  GetKeyspace: method("GetKeyspace", "GetKeyspaceResponse"),
  SetKeyspaceDurabilityPolicy: method("SetKeyspaceDurabilityPolicy"),
  GetTablets: method("GetTablets", "GetTabletsResponse"),
  GetFullStatus: method("GetFullStatus", "GetFullStatusResponse"),
  PlannedReparentShard: method("PlannedReparentShard"),
  EmergencyReparentShard: method("EmergencyReparentShard"),
  ChangeTabletType: method("ChangeTabletType"),
  GetBackups: method("GetBackups", "GetBackupsResponse"),
  Backup: { ...method("Backup"), responseStream: true },
  RemoveBackup: method("RemoveBackup"),
  DeleteTablets: method("DeleteTablets"),
};

const fieldsOf = {
  Empty: {},
  Time: { seconds: message("int64", 1) },
  Duration: { seconds: message("int64", 1) },
  TabletAlias: { cell: text(1), uid: message("uint32", 2) },
  QueryResult: { rows: list("Row", 4) },
  Row: { lengths: list("sint64", 1), values: message("bytes", 2) },
};

const workflows = {
  GetWorkflowsRequest: { keyspace: text(1) },
  GetWorkflowsResponse: { workflows: list("Workflow", 1) },
  Workflow: { name: text(1), shardStreams: map("ShardStream", 5) },
  ShardStream: { streams: list("Stream", 1) },
  Stream: { state: text(7), message: text(11) },
  WorkflowUpdateRequest: { keyspace: text(1), tabletRequest: message("TabletRequest", 2) },
  TabletRequest: {
    workflow: text(1),
    cells: list("string", 2),
    tabletTypes: list("int32", 3),
    state: { ...whole(6), options: { proto3_optional: true } },
    shards: list("string", 7),
  },
  WorkflowDeleteRequest: { keyspace: text(1), workflow: text(2), keepData: flag(3) },
  WorkflowStatusRequest: { keyspace: text(1), workflow: text(2) },
  WorkflowStatusResponse: { tableCopyState: map("TableCopyState", 1), trafficState: text(3) },
  TableCopyState: { rowsCopied: message("int64", 1), rowsTotal: message("int64", 2) },
  WorkflowSwitchTrafficRequest: {
    keyspace: text(1),
    workflow: text(2),
    tabletTypes: list("int32", 4),
    enableReverseReplication: flag(6),
    direction: whole(7),
    timeout: duration(8),
  },
  MaterializeCreateRequest: { settings: message("Settings", 1) },
  Settings: {
    workflow: text(1),
    sourceKeyspace: text(2),
    targetKeyspace: text(3),
    tableSettings: list("TableSettings", 5),
    tabletTypes: text(7),
    tabletSelectionPreference: whole(15),
  },
  TableSettings: { targetTable: text(1), sourceExpression: text(2) },
  ReshardCreateRequest: {
    workflow: text(1),
    keyspace: text(2),
    sourceShards: list("string", 3),
    targetShards: list("string", 4),
    cells: list("string", 5),
    tabletTypes: list("int32", 6),
    tabletSelectionPreference: whole(7),
    skipSchemaCopy: flag(8),
    autoStart: flag(12),
  },
  MoveTablesCompleteRequest: { workflow: text(1), targetKeyspace: text(3), keepData: flag(4) },
  VDiffCreateRequest: {
    workflow: text(1),
    targetKeyspace: text(2),
    uuid: text(3),
    tabletTypes: list("int32", 6),
    tabletSelectionPreference: whole(7),
    limit: message("int64", 9),
    filteredReplicationWaitTime: duration(10),
    autoRetry: flag(17),
  },
  VDiffShowRequest: { workflow: text(1), targetKeyspace: text(2), arg: text(3) },
  VDiffShowResponse: { tabletResponses: map("VDiffResponse", 1) },
  VDiffResponse: { output: message("QueryResult", 2) },
};

const shardsAndTablets = {
  FindAllShardsInKeyspaceRequest: { keyspace: text(1) },
  FindAllShardsInKeyspaceResponse: { shards: map("NamedShard", 1) },
  NamedShard: { name: text(2), shard: message("Shard", 3) },
  Shard: { primaryAlias: alias(1), isPrimaryServing: flag(7) },
  DeleteShardsRequest: { shards: list("ShardName", 1) },
  ShardName: { keyspace: text(1), name: text(2) },
  GetKeyspaceRequest: { keyspace: text(1) },
  GetKeyspaceResponse: { keyspace: message("NamedKeyspace", 1) },
  NamedKeyspace: { keyspace: message("Keyspace", 2) },
  Keyspace: { durabilityPolicy: text(8) },
  SetKeyspaceDurabilityPolicyRequest: { keyspace: text(1), durabilityPolicy: text(2) },
  GetTabletsRequest: {},
  GetTabletsResponse: { tablets: list("Tablet", 1) },
  GetFullStatusRequest: { tabletAlias: alias(1) },
  GetFullStatusResponse: { status: message("FullStatus", 1) },
  FullStatus: {
    replicationStatus: message("ReplicationStatus", 3),
    primaryStatus: message("Position", 4),
    version: text(6),
  },
  Position: { position: text(1) },
  ReplicationStatus: {
    position: text(1),
    replicationLagSeconds: message("uint32", 4),
    ioState: whole(13),
    sqlState: whole(15),
    replicationLagUnknown: flag(24),
  },
  Tablet: {
    alias: alias(1),
    hostname: text(2),
    portMap: { keyType: "string", type: "int32", id: 4 },
    keyspace: text(5),
    shard: text(6),
    type: whole(8),
    primaryTermStartTime: message("Time", 14),
  },
  PlannedReparentShardRequest: {
    ...shardOf,
    newPrimary: alias(3),
    waitReplicasTimeout: duration(5),
    allowCrossCellPromotion: flag(7),
    expectedPrimary: alias(8),
  },
  EmergencyReparentShardRequest: {
    ...shardOf,
    newPrimary: alias(3),
    ignoreReplicas: list("TabletAlias", 4),
    waitReplicasTimeout: duration(5),
  },
  ChangeTabletTypeRequest: { tabletAlias: alias(1), dbType: whole(2) },
  GetBackupsRequest: shardOf,
  GetBackupsResponse: { backups: list("BackupInfo", 1) },
  BackupInfo: { name: text(1) },
  BackupRequest: { tabletAlias: alias(1), concurrency: whole(3) },
  RemoveBackupRequest: { ...shardOf, name: text(3) },
  DeleteTabletsRequest: { tabletAliases: list("TabletAlias", 1), allowPrimary: flag(2) },
  ExecuteFetchAsDBARequest: {
    tabletAlias: alias(1),
    query: text(2),
    maxRows: message("int64", 3),
    reloadSchema: flag(5),
  },
  ExecuteFetchAsDBAResponse: { result: message("QueryResult", 1) },
};

const messages = { ...fieldsOf, ...workflows, ...shardsAndTablets };

export const descriptor = {
  nested: {
    vtctlservice: {
      nested: {
        Vtctld: { methods },
        ...Object.fromEntries(Object.entries(messages).map(([name, fields]) => [name, { fields }])),
      },
    },
    // What a tablet does about its own streams, for which vtctld has no words.
    tabletmanagerservice: {
      nested: {
        TabletManager: { methods: { VReplicationExec: method("VReplicationExec") } },
        Empty: { fields: {} },
        VReplicationExecRequest: { fields: { query: text(1) } },
      },
    },
  },
};
