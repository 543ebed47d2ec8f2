import { readEnv, url } from "#shared/env.ts";
import { defineHttpFunction } from "#shared/http-function.ts";
import { readPlacement } from "#shared/placement-store.ts";
import { createKeptPlacement } from "#shared/query-placement.ts";
import { createRanks } from "#shared/ranks.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { createQueryRanks } from "./query-ranks.ts";

const env = readEnv({ VTGATE_URL: url });
const { tagenal, global } = createVtgate(env.VTGATE_URL);
const placement = createKeptPlacement(() => readPlacement(global));

defineHttpFunction(
  "query-ranks",
  createQueryRanks({ tagenal, ranks: createRanks({ tagenal, global, placement }) }),
);
