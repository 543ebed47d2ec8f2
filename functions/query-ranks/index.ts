import { createFunctionCache } from "#shared/cache-kit.ts";
import { directories } from "#shared/directory.ts";
import { list, readEnv, text, url } from "#shared/env.ts";
import { defineHttpFunction } from "#shared/http-function.ts";
import { createNearby } from "#shared/nearby.ts";
import { readPlacement } from "#shared/placement-store.ts";
import { createReadArticle } from "#shared/query-article.ts";
import { createHomes } from "#shared/query-home.ts";
import { createKeptPlacement } from "#shared/query-placement.ts";
import { createRanks } from "#shared/ranks.ts";
import { createTabletReads } from "#shared/serving-tablets.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { createQueryRanks } from "./query-ranks.ts";

const env = readEnv({ VTGATE_URL: url, REDIS_NODES: list, DATA_CENTER: text });
const vtgate = createVtgate(env.VTGATE_URL);
const { tagenal, global } = vtgate;
const placement = createKeptPlacement(() => readPlacement(global));
const homes = createHomes(tagenal, directories.articles);
const nearby = createNearby({ primary: tagenal, placement, ...createTabletReads(vtgate) });

defineHttpFunction(
  "query-ranks",
  createQueryRanks({
    ranks: createRanks({ tagenal, global, placement }),
    readArticle: createReadArticle({ homes, nearby }),
    dataCenter: env.DATA_CENTER,
    cache: createFunctionCache("query-ranks", env.REDIS_NODES),
  }),
);
