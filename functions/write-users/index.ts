import { createFunctionChanges } from "#shared/cache-kit.ts";
import { list, readEnv, url } from "#shared/env.ts";
import { defineHttpFunction } from "#shared/http-function.ts";
import { createRequestMove } from "#shared/moves.ts";
import { createOperationKit } from "#shared/operation-kit.ts";
import { createOwners } from "#shared/owners.ts";
import { readPlacement } from "#shared/placement-store.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { createOnce } from "#shared/write-once.ts";
import { createWriteUsers, DEPENDENTS } from "./write-users.ts";

const env = readEnv({ VTGATE_URL: url, REDIS_NODES: list, K_SINK: url });
const { tagenal, global } = createVtgate(env.VTGATE_URL);
const placement = () => readPlacement(global);
const { operations, toEvent } = createOperationKit("write-users", {
  db: global,
  sink: env.K_SINK,
});

const routes = createWriteUsers({
  owners: createOwners({ tagenal, global, placement }, "users", DEPENDENTS),
  once: createOnce(global),
  requestMove: createRequestMove({ global, operations, toEvent }),
  changes: createFunctionChanges("write-users", env),
  placement,
});
defineHttpFunction("write-users", routes);
