import { setTimeout as sleep } from "node:timers/promises";
import { loadFinishedChunks } from "#events/load-finished-chunks.ts";
import { createFunctionChanges, createFunctionReading } from "#shared/cache-kit.ts";
import { list, readEnv, text, url } from "#shared/env.ts";
import { defineEventFunction, onEvent } from "#shared/event-function.ts";
import { createLoadLedger } from "#shared/load-ledger.ts";
import { createObjectStore } from "#shared/object-store.ts";
import { createOperationKit } from "#shared/operation-kit.ts";
import { readStepTimes } from "#shared/operation-rows.ts";
import { createStreamKit } from "#shared/stream-kit.ts";
import { createTurns } from "#shared/turns.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { createFinishLoad } from "./finish-load.ts";

/** A stream reads past the load of a moment ago in less. */
const REST_MS = 700;

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
const { workOnStep } = createOperationKit("finish-load", {
  db: vtgate.global,
  sink: env.K_SINK,
});
const isAnybodyReading = createFunctionReading(env.REDIS_NODES);
const finishLoad = createFinishLoad({
  workOnStep,
  readShards: async () => ({ names: await vtgate.shards(), session: vtgate.shard }),
  turn: createTurns({ isAnybodyReading }),
  readLedger: createLoadLedger(vtgate.global).sums,
  readTimes: (operationId) => readStepTimes(vtgate.global, operationId),
  deletePrefix: createObjectStore(env).deletePrefix,
  ...createStreamKit(vtgate, env.VTCTLD_ADDRESS, {
    rest: async () => (await isAnybodyReading()) && sleep(REST_MS),
  }),
  changes: createFunctionChanges("finish-load", env),
  sleep,
});
defineEventFunction("finish-load", [onEvent(loadFinishedChunks, finishLoad)]);
