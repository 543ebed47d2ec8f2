import { tabletJoinRequested } from "#events/tablet-requests.ts";
import { type AddTablet, decideJoin } from "#shared/decide-join.ts";
import { readEnv, text, url } from "#shared/env.ts";
import { defineEventFunction, onEvent } from "#shared/event-function.ts";
import { createTabletTools, splitShard } from "#shared/tablet-function.ts";
import { joinStored } from "#shared/tablet-requests.ts";

const env = readEnv({ VTGATE_URL: url, VTCTLD_ADDRESS: text, TABLETS_URL: url, K_SINK: url });
const { driver, handle } = createTabletTools("join-tablet", env);
const joinTablet = handle<AddTablet>({
  longestMs: 30 * 60_000,
  decide: ({ id, request }, view) => decideJoin({ id, ...joinStored.parse(request) }, view),
  act: ({ dataCenter, donor, shard }, { id }) =>
    driver.add({ by: id, dataCenter, donor, ...splitShard(shard) }),
});
defineEventFunction("join-tablet", [onEvent(tabletJoinRequested, joinTablet)]);
