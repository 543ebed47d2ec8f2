import { readEnv, url } from "#shared/env.ts";
import { defineHttpFunction } from "#shared/http-function.ts";
import { createHomes } from "#shared/query-home.ts";
import { createReadPlacement } from "#shared/query-placement.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { createQueryUsers } from "./query-users.ts";

const env = readEnv({ VTGATE_URL: url });
const { tagenal, global } = createVtgate(env.VTGATE_URL);

defineHttpFunction(
  "query-users",
  createQueryUsers({
    tagenal,
    homes: createHomes(tagenal, { table: "user_directory", key: "uid" }),
    placement: createReadPlacement(global),
  }),
);
