import { standbyPromotionRequested } from "#events/tablet-requests.ts";
import { splitShard } from "#shared/cluster-view.ts";
import { readEnv, text, url } from "#shared/env.ts";
import { defineEventFunction, onEvent } from "#shared/event-function.ts";
import { createTabletTools } from "#shared/tablet-function.ts";
import { promoteStored } from "#shared/tablet-requests.ts";
import { decidePromotion, type PromoteAction } from "./decide-promotion.ts";

const env = readEnv({ VTGATE_URL: url, VTCTLD_ADDRESS: text, TABLETS_URL: url, K_SINK: url });
const { vtctld, handle } = createTabletTools("promote-standby", env);
const promoteStandby = handle<PromoteAction>({
  longestMs: 2 * 60_000,
  decide: ({ request }, view) => decidePromotion(promoteStored.parse(request), view),
  act: ({ from, to }, { request }) =>
    vtctld.reparent({
      ...splitShard(promoteStored.parse(request).shard),
      ...(from === undefined ? { to } : { to, expected: from }),
    }),
});
defineEventFunction("promote-standby", [onEvent(standbyPromotionRequested, promoteStandby)]);
