import { setTimeout as sleep } from "node:timers/promises";
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
const { vtctld, kit, readView } = tools;
const objects = createObjectStore(env);

/** Backups that this process has begun. Should it end, so do they, and the next look begins anew. */
const underWay = new Map<string, Promise<void>>();
const LOOK_AFTER_MS = 2_000;

const backUp = async (alias: string): Promise<void> => {
  const work = underWay.get(alias) ?? vtctld.backUp(alias).finally(() => underWay.delete(alias));
  underWay.set(alias, work);
  // Whoever waits for it hears of it; nobody may be waiting.
  work.catch(() => {});
  await Promise.race([work, sleep(LOOK_AFTER_MS)]);
};

const backUpShard = tools.handle<BackupAction, BackupView>({
  longestMs: 24 * 60 * 60_000,
  extend: async (view, { request }) => {
    const { keyspace, shard } = splitShard(backUpStored.parse(request).shard);
    return { ...view, backups: await readWholeBackups(vtctld, objects, keyspace, shard) };
  },
  decide: ({ createdAt, request }, view) =>
    decideBackup({ createdAt, ...backUpStored.parse(request) }, view),
  act: (action, { request }) => {
    if (action.kind === "back-up") return backUp(action.alias);
    const { keyspace, shard } = splitShard(backUpStored.parse(request).shard);
    return vtctld.removeBackup(keyspace, shard, action.name);
  },
});
defineEventFunction("back-up-shard", [
  onEvent(backupRequested, backUpShard),
  onEvent(ping, createAskForBackups({ ...kit, readView })),
]);
