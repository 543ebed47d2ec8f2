import { tabletDropRequested } from "#events/tablet-requests.ts";
import { splitShard } from "#shared/cluster-view.ts";
import type { AddTablet } from "#shared/decide-join.ts";
import { actLeaving, type LeaveAction } from "#shared/decide-leaving.ts";
import { readEnv, text, url } from "#shared/env.ts";
import { defineEventFunction, onEvent } from "#shared/event-function.ts";
import { createTabletTools } from "#shared/tablet-function.ts";
import { dropStored } from "#shared/tablet-requests.ts";
import { decideDrop } from "./decide-drop.ts";

const env = readEnv({ VTGATE_URL: url, VTCTLD_ADDRESS: text, TABLETS_URL: url, K_SINK: url });
const tools = createTabletTools("drop-tablet", env);
const dropTablet = tools.handle<AddTablet | LeaveAction>({
  longestMs: 30 * 60_000,
  decide: ({ id, request }, view) => decideDrop({ id, ...dropStored.parse(request) }, view),
  act: (action, { request }) => {
    const place = splitShard(dropStored.parse(request).shard);
    return action.kind === "add" ? tools.add(action) : actLeaving(tools, action, place);
  },
});
defineEventFunction("drop-tablet", [onEvent(tabletDropRequested, dropTablet)]);
