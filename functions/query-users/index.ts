import { createFunctionCache } from "#shared/cache-kit.ts";
import { directories } from "#shared/directory.ts";
import { list, readEnv, url } from "#shared/env.ts";
import { defineHttpFunction } from "#shared/http-function.ts";
import { readPlacement } from "#shared/placement-store.ts";
import { createHomes } from "#shared/query-home.ts";
import { createKeptPlacement } from "#shared/query-placement.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { createQueryUsers } from "./query-users.ts";

const env = readEnv({ VTGATE_URL: url, REDIS_NODES: list });
const { tagenal, global } = createVtgate(env.VTGATE_URL);

defineHttpFunction(
  "query-users",
  createQueryUsers({
    tagenal,
    homes: createHomes(tagenal, directories.users),
    placement: createKeptPlacement(() => readPlacement(global)),
    cache: createFunctionCache("query-users", env.REDIS_NODES),
  }),
);
