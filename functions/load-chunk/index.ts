import { loadChunkReady } from "#events/load-chunk-ready.ts";
import { loadFinishedChunks } from "#events/load-finished-chunks.ts";
import { createFunctionReading } from "#shared/cache-kit.ts";
import { list, readEnv, text, url } from "#shared/env.ts";
import { defineEventFunction, onEvent } from "#shared/event-function.ts";
import { createLoadDriver } from "#shared/load-driver.ts";
import { createLoadLedger } from "#shared/load-ledger.ts";
import { createObjectStore } from "#shared/object-store.ts";
import { createOperationKit } from "#shared/operation-kit.ts";
import { outsideTrace } from "#shared/trace-context.ts";
import { createTurns } from "#shared/turns.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { createLoadChunk } from "./load-chunk.ts";
import { createSessions } from "./sessions.ts";

const env = readEnv({
  VTGATE_URL: url,
  REDIS_NODES: list,
  S3_ENDPOINT: url,
  S3_BUCKET: text,
  AWS_REGION: text,
  AWS_ACCESS_KEY_ID: text,
  AWS_SECRET_ACCESS_KEY: text,
  K_SINK: url,
});
const vtgate = createVtgate(env.VTGATE_URL);
const { steps, sendSoon, toEvent } = createOperationKit("load-chunk", {
  db: vtgate.global,
  sink: env.K_SINK,
});
const ledger = createLoadLedger(vtgate.global);
const driver = createLoadDriver({
  ledger,
  wake: (data) =>
    sendSoon(outsideTrace(() => toEvent(loadChunkReady, { subject: data.operationId, data }))),
  finish: async (operationId) => {
    const event = toEvent(loadFinishedChunks, { subject: operationId, data: { operationId } });
    await steps.join(operationId, "load", { step: "finish", event });
  },
  fail: steps.fail,
});
const loadChunk = createLoadChunk({
  turn: createTurns({ isAnybodyReading: createFunctionReading(env.REDIS_NODES) }),
  ledger,
  driver,
  objects: createObjectStore(env),
  sessions: createSessions(vtgate),
  fail: steps.fail,
});
defineEventFunction("load-chunk", [onEvent(loadChunkReady, loadChunk)]);
