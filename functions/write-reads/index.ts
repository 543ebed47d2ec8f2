import { createFunctionChanges } from "#shared/cache-kit.ts";
import { list, readEnv, url } from "#shared/env.ts";
import { defineHttpFunction } from "#shared/http-function.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { createOnce } from "#shared/write-once.ts";
import { createInsertReads } from "./insert-reads.ts";
import { createWriteReads } from "./write-reads.ts";

const env = readEnv({ VTGATE_URL: url, REDIS_NODES: list, K_SINK: url });
const { tagenal, global } = createVtgate(env.VTGATE_URL);

const routes = createWriteReads({
  insertReads: createInsertReads(tagenal),
  once: createOnce(global),
  changes: createFunctionChanges("write-reads", env),
});
defineHttpFunction("write-reads", routes);
