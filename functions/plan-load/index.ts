import { loadChunkReady } from "#events/load-chunk-ready.ts";
import { loadFinishedChunks } from "#events/load-finished-chunks.ts";
import { loadRequested } from "#events/load-requested.ts";
import { readEnv, text, url } from "#shared/env.ts";
import { defineEventFunction, onEvent } from "#shared/event-function.ts";
import { createObjectStore } from "#shared/object-store.ts";
import { createOperationKit } from "#shared/operation-kit.ts";
import { readPlacement } from "#shared/placement-store.ts";
import { createStreamKit } from "#shared/stream-kit.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { readLoadRate } from "./load-rate.ts";
import { createPlanLoad } from "./plan-load.ts";
import { createStoredRows } from "./stored-rows.ts";

const env = readEnv({
  VTGATE_URL: url,
  S3_ENDPOINT: url,
  S3_BUCKET: text,
  AWS_REGION: text,
  AWS_ACCESS_KEY_ID: text,
  AWS_SECRET_ACCESS_KEY: text,
  VTCTLD_ADDRESS: text,
  K_SINK: url,
});
const vtgate = createVtgate(env.VTGATE_URL);
const { workOnStep, toEvent } = createOperationKit("plan-load", {
  db: vtgate.global,
  sink: env.K_SINK,
});
const planLoad = createPlanLoad({
  workOnStep,
  objects: createObjectStore(env),
  readPlacement: () => readPlacement(vtgate.global),
  readShards: vtgate.shards,
  createStoredRows: () => createStoredRows(vtgate.tagenal),
  readRate: () => readLoadRate(vtgate.global),
  streams: createStreamKit(vtgate, env.VTCTLD_ADDRESS).streams,
  toEvents: {
    chunkReady: (data) => toEvent(loadChunkReady, { subject: data.operationId, data }),
    finishedChunks: (operationId) =>
      toEvent(loadFinishedChunks, { subject: operationId, data: { operationId } }),
  },
});
defineEventFunction("plan-load", [onEvent(loadRequested, planLoad)]);
