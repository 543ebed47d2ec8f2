import { tabletHealRequested } from "#events/tablet-requests.ts";
import { readEnv, text, url } from "#shared/env.ts";
import { defineEventFunction, onEvent } from "#shared/event-function.ts";
import { createTabletTools } from "#shared/tablet-function.ts";
import { healStored } from "#shared/tablet-requests.ts";
import { decideHealing, type HealAction } from "./decide-healing.ts";

const env = readEnv({ VTGATE_URL: url, VTCTLD_ADDRESS: text, TABLETS_URL: url, K_SINK: url });
const { driver, vtctld, handle } = createTabletTools("heal-tablet", env);
const healTablet = handle<HealAction>({
  longestMs: 30 * 60_000,
  decide: ({ id, request }, view) => decideHealing({ id, ...healStored.parse(request) }, view),
  act: (action, { id }) =>
    action.kind === "drain"
      ? vtctld.changeType(action.alias, "DRAINED")
      : driver.rebuild(action.name, { by: id, donor: action.donor }),
});
defineEventFunction("heal-tablet", [onEvent(tabletHealRequested, healTablet)]);
