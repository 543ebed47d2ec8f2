import { setTimeout as sleep } from "node:timers/promises";
import { loadRemovalRequested } from "#events/load-removal-requested.ts";
import { createFunctionChanges } from "#shared/cache-kit.ts";
import { list, readEnv, text, url } from "#shared/env.ts";
import { defineEventFunction, onEvent } from "#shared/event-function.ts";
import { createLoadRemoval } from "#shared/load-removal.ts";
import { createObjectStore } from "#shared/object-store.ts";
import { createOperationKit } from "#shared/operation-kit.ts";
import { createStreamKit } from "#shared/stream-kit.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { createRemoveLoad } from "./remove-load.ts";

const env = readEnv({
  VTGATE_URL: url,
  REDIS_NODES: list,
  S3_ENDPOINT: url,
  S3_BUCKET: text,
  AWS_REGION: text,
  AWS_ACCESS_KEY_ID: text,
  AWS_SECRET_ACCESS_KEY: text,
  VTCTLD_ADDRESS: text,
  K_SINK: url,
});
const vtgate = createVtgate(env.VTGATE_URL);
const { workOnStep } = createOperationKit("remove-load", { db: vtgate.global, sink: env.K_SINK });
const removeLoad = createRemoveLoad({
  workOnStep,
  removal: createLoadRemoval(vtgate.global),
  objects: createObjectStore(env),
  readShards: vtgate.shards,
  shard: vtgate.shard,
  anywhere: vtgate.tagenal,
  ...createStreamKit(vtgate, env.VTCTLD_ADDRESS),
  changes: createFunctionChanges("remove-load", env),
  sleep,
});
defineEventFunction("remove-load", [onEvent(loadRemovalRequested, removeLoad)]);
