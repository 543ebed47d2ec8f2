import { shardMigrationRequested } from "#events/tablet-requests.ts";
import { splitShard } from "#shared/cluster-view.ts";
import { actLeaving } from "#shared/decide-leaving.ts";
import { readEnv, text, url } from "#shared/env.ts";
import { defineEventFunction, onEvent } from "#shared/event-function.ts";
import { createTabletTools } from "#shared/tablet-function.ts";
import { migrateStored } from "#shared/tablet-requests.ts";
import { decideMigration, type MigrateAction } from "./decide-migration.ts";

const env = readEnv({ VTGATE_URL: url, VTCTLD_ADDRESS: text, TABLETS_URL: url, K_SINK: url });
const tools = createTabletTools("migrate-shard", env);
const migrateShard = tools.handle<MigrateAction>({
  // The copies of a large shard take hours.
  longestMs: 24 * 60 * 60_000,
  decide: ({ id, request }, view) => decideMigration({ id, ...migrateStored.parse(request) }, view),
  act: (action, { request }) => {
    const place = splitShard(migrateStored.parse(request).shard);
    return action.kind === "add" ? tools.add(action) : actLeaving(tools, action, place);
  },
});
defineEventFunction("migrate-shard", [onEvent(shardMigrationRequested, migrateShard)]);
