import { directories } from "#shared/directory.ts";
import { readEnv, url } from "#shared/env.ts";
import { defineHttpFunction } from "#shared/http-function.ts";
import { readPlacement } from "#shared/placement-store.ts";
import { createHomes } from "#shared/query-home.ts";
import { createKeptPlacement } from "#shared/query-placement.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { createQueryArticles } from "./query-articles.ts";

const env = readEnv({ VTGATE_URL: url });
const { tagenal, global } = createVtgate(env.VTGATE_URL);

defineHttpFunction(
  "query-articles",
  createQueryArticles({
    tagenal,
    homes: createHomes(tagenal, directories.articles),
    placement: createKeptPlacement(() => readPlacement(global)),
  }),
);
