import { createFunctionCache } from "#shared/cache-kit.ts";
import { list, readEnv, url } from "#shared/env.ts";
import { defineHttpFunction } from "#shared/http-function.ts";
import { readPlacement } from "#shared/placement-store.ts";
import { createKeptPlacement } from "#shared/query-placement.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { createQueryReads } from "./query-reads.ts";

const env = readEnv({ VTGATE_URL: url, REDIS_NODES: list });
const { tagenal, global } = createVtgate(env.VTGATE_URL);

defineHttpFunction(
  "query-reads",
  createQueryReads({
    tagenal,
    placement: createKeptPlacement(() => readPlacement(global)),
    cache: createFunctionCache("query-reads", env.REDIS_NODES),
  }),
);
