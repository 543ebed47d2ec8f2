import { ping } from "#events/contract.ts";
import { backupRequested } from "#events/tablet-requests.ts";
import { splitShard } from "#shared/cluster-view.ts";
import { readEnv, text, url } from "#shared/env.ts";
import { defineEventFunction, onEvent } from "#shared/event-function.ts";
import { createObjectStore } from "#shared/object-store.ts";
import { readWholeBackups } from "#shared/shard-backups.ts";
import { createTabletTools } from "#shared/tablet-function.ts";
import { backUpStored } from "#shared/tablet-requests.ts";
import { createAskForBackups } from "./ask-for-backups.ts";
import { createBackupAttempts } from "./backup-attempts.ts";
import { type BackupAction, type BackupView, decideBackup } from "./decide-backup.ts";

const env = readEnv({
  VTGATE_URL: url,
  VTCTLD_ADDRESS: text,
  TABLETS_URL: url,
  S3_ENDPOINT: url,
  S3_BUCKET: text,
  AWS_REGION: text,
  AWS_ACCESS_KEY_ID: text,
  AWS_SECRET_ACCESS_KEY: text,
  K_SINK: url,
});
const tools = createTabletTools("back-up-shard", env);
const { vtctld, driver, kit, readView } = tools;
const objects = createObjectStore(env);

const attempts = createBackupAttempts((alias) => vtctld.backUp(alias));

const backUpShard = tools.handle<BackupAction, BackupView>({
  longestMs: 24 * 60 * 60_000,
  extend: async (view, { request }) => {
    const { keyspace, shard } = splitShard(backUpStored.parse(request).shard);
    const backups = await readWholeBackups(vtctld, objects, keyspace, shard);
    return { ...view, backups, begun: attempts.begun(), stuck: attempts.stuck() };
  },
  decide: ({ id, createdAt, request }, view) =>
    decideBackup({ id, createdAt, ...backUpStored.parse(request) }, view),
  act: (action, { id, request }) => {
    if (action.kind === "back-up") return attempts.begin(action.alias);
    if (action.kind === "rebuild")
      return driver.rebuild(action.name, { by: id, donor: action.donor });
    const { keyspace, shard } = splitShard(backUpStored.parse(request).shard);
    return vtctld.removeBackup(keyspace, shard, action.name);
  },
});
defineEventFunction("back-up-shard", [
  onEvent(backupRequested, backUpShard),
  onEvent(ping, createAskForBackups({ ...kit, readView })),
]);
