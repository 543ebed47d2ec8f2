import { ping } from "#events/contract.ts";
import { readEnv, url } from "#shared/env.ts";
import { defineEventFunction, onEvent } from "#shared/event-function.ts";
import { readPlacement } from "#shared/placement-store.ts";
import { createRanks } from "#shared/ranks.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { createRankArticles } from "./rank-articles.ts";

const env = readEnv({ VTGATE_URL: url });
const { tagenal, global } = createVtgate(env.VTGATE_URL);
const ranks = createRanks({ tagenal, global, placement: () => readPlacement(global) });

defineEventFunction("rank-articles", [onEvent(ping, createRankArticles({ ranks }))]);
