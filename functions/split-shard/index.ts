import { shardSplitRequested, splitTakeBackRequested } from "#events/tablet-requests.ts";
import { readEnv, text, url } from "#shared/env.ts";
import { defineEventFunction, onEvent } from "#shared/event-function.ts";
import { TAKE_BACK } from "#shared/procedure.ts";
import { createSplitProcedures } from "#shared/split-procedure.ts";
import { createTabletTools } from "#shared/tablet-function.ts";
import { splitStored } from "#shared/tablet-requests.ts";

const env = readEnv({ VTGATE_URL: url, VTCTLD_ADDRESS: text, TABLETS_URL: url, K_SINK: url });
const tools = createTabletTools("split-shard", env);
const { forward, back } = createSplitProcedures(tools, ({ request }) => splitStored.parse(request));
const takeBack = ({ id: operationId }: { readonly id: string }) => ({
  step: TAKE_BACK,
  event: tools.kit.toEvent(splitTakeBackRequested, { subject: operationId, data: { operationId } }),
});
defineEventFunction("split-shard", [
  onEvent(shardSplitRequested, tools.handle({ ...forward, takeBack })),
  onEvent(splitTakeBackRequested, tools.handle(back, TAKE_BACK)),
]);
