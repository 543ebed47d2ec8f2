import { ping } from "#events/contract.ts";
import { rankRequested } from "#events/rank-requested.ts";
import { createFunctionChanges } from "#shared/cache-kit.ts";
import { list, readEnv, url } from "#shared/env.ts";
import { defineEventFunction, onEvent } from "#shared/event-function.ts";
import { createOperationKit } from "#shared/operation-kit.ts";
import { readPlacement } from "#shared/placement-store.ts";
import { createRanks } from "#shared/ranks.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { createMakeRank, createRankArticles } from "./rank-articles.ts";

const env = readEnv({ VTGATE_URL: url, REDIS_NODES: list, K_SINK: url });
const { tagenal, global } = createVtgate(env.VTGATE_URL);
const { workOnStep } = createOperationKit("rank-articles", { db: global, sink: env.K_SINK });
const changes = createFunctionChanges("rank-articles", env);
const ranks = createRanks({
  tagenal,
  global,
  placement: () => readPlacement(global),
  onMade: (id) => changes.note([{ table: "ranks", ids: [id] }]),
});

defineEventFunction("rank-articles", [
  onEvent(ping, createRankArticles({ ranks })),
  onEvent(rankRequested, createMakeRank({ workOnStep, ranks })),
]);
