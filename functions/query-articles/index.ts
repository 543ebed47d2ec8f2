import { createFunctionCache } from "#shared/cache-kit.ts";
import { directories } from "#shared/directory.ts";
import { list, readEnv, text, url } from "#shared/env.ts";
import { defineHttpFunction } from "#shared/http-function.ts";
import { createNearby } from "#shared/nearby.ts";
import { readPlacement } from "#shared/placement-store.ts";
import { createHomes } from "#shared/query-home.ts";
import { createKeptPlacement } from "#shared/query-placement.ts";
import { createTabletReads } from "#shared/serving-tablets.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { createQueryArticles } from "./query-articles.ts";

const env = readEnv({ VTGATE_URL: url, REDIS_NODES: list, DATA_CENTER: text });
const vtgate = createVtgate(env.VTGATE_URL);
const { tagenal, global } = vtgate;
const placement = createKeptPlacement(() => readPlacement(global));

defineHttpFunction(
  "query-articles",
  createQueryArticles({
    tagenal,
    homes: createHomes(tagenal, directories.articles),
    placement,
    nearby: createNearby({ primary: tagenal, placement, ...createTabletReads(vtgate) }),
    dataCenter: env.DATA_CENTER,
    cache: createFunctionCache("query-articles", env.REDIS_NODES),
  }),
);
