import { z } from "zod";
import { tabletJoinRequested } from "#events/tablet-requests.ts";
import { type AddTablet, decideJoin } from "#shared/decide-join.ts";
import { readEnv, text, url } from "#shared/env.ts";
import { defineEventFunction, onEvent } from "#shared/event-function.ts";
import { createTabletTools } from "#shared/tablet-function.ts";
import { joinStored, restoreStored } from "#shared/tablet-requests.ts";

const env = readEnv({ VTGATE_URL: url, VTCTLD_ADDRESS: text, TABLETS_URL: url, K_SINK: url });
const { add, handle } = createTabletTools("join-tablet", env);
const joinTablet = handle<AddTablet>({
  longestMs: 30 * 60_000,
  decide: ({ id, request }, view) => {
    const { dataCenter, shard, backup } = z.union([joinStored, restoreStored]).parse(request);
    return decideJoin({ by: id, dataCenter, shard, backup }, view);
  },
  act: add,
});
defineEventFunction("join-tablet", [onEvent(tabletJoinRequested, joinTablet)]);
