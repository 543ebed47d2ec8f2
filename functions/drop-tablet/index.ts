import { tabletDropRequested } from "#events/tablet-requests.ts";
import { readEnv, text, url } from "#shared/env.ts";
import { defineEventFunction, onEvent } from "#shared/event-function.ts";
import { createTabletTools, splitShard } from "#shared/tablet-function.ts";
import { dropStored } from "#shared/tablet-requests.ts";
import { type DropAction, decideDrop } from "./decide-drop.ts";

const env = readEnv({ VTGATE_URL: url, VTCTLD_ADDRESS: text, TABLETS_URL: url, K_SINK: url });
const { driver, vtctld, handle } = createTabletTools("drop-tablet", env);
const dropTablet = handle<DropAction>({
  longestMs: 30 * 60_000,
  decide: ({ id, request }, view) => decideDrop({ id, ...dropStored.parse(request) }, view),
  act: (action, { id, request }) => {
    const place = splitShard(dropStored.parse(request).shard);
    switch (action.kind) {
      case "add":
        return driver.add({
          ...{ by: id, dataCenter: action.dataCenter, donor: action.donor, ...place },
        });
      case "hand-over":
        return vtctld.reparent({ ...place, to: action.to, expected: action.from });
      case "drain":
        return vtctld.changeType(action.alias, "DRAINED");
      case "remove":
        return driver.remove(action.name);
      case "forget":
        return vtctld.deleteTablet(action.alias);
    }
  },
});
defineEventFunction("drop-tablet", [onEvent(tabletDropRequested, dropTablet)]);
