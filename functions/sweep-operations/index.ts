import { ping } from "#events/contract.ts";
import { loadChunkReady } from "#events/load-chunk-ready.ts";
import { loadFinishedChunks } from "#events/load-finished-chunks.ts";
import { rowsChanged } from "#events/rows-changed.ts";
import { ANY_CHANGE } from "#shared/changes.ts";
import { readEnv, text, url } from "#shared/env.ts";
import { defineEventFunction, onEvent } from "#shared/event-function.ts";
import { createLoadDriver } from "#shared/load-driver.ts";
import { createLoadLedger } from "#shared/load-ledger.ts";
import { createOperationKit } from "#shared/operation-kit.ts";
import { readFannedOut } from "#shared/operation-rows.ts";
import { createStreamKit } from "#shared/stream-kit.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { forgetRequestKeys } from "#shared/write-once.ts";
import { createNoteBacklog } from "./note-backlog.ts";
import { createSweepOperations } from "./sweep-operations.ts";

const env = readEnv({ VTGATE_URL: url, VTCTLD_ADDRESS: text, K_SINK: url });
const vtgate = createVtgate(env.VTGATE_URL);
const { global } = vtgate;
const { outbox, steps, sendSoon, toEvent } = createOperationKit("sweep-operations", {
  db: global,
  sink: env.K_SINK,
});
const load = createLoadDriver({
  ledger: createLoadLedger(global),
  wake: (data) => sendSoon(toEvent(loadChunkReady, { subject: data.operationId, data })),
  finish: async (operationId) => {
    const event = toEvent(loadFinishedChunks, { subject: operationId, data: { operationId } });
    await steps.join(operationId, "load", { step: "finish", event });
  },
  fail: steps.fail,
});
const sweep = createSweepOperations({
  outbox,
  steps,
  send: sendSoon,
  fannedOut: (limit) => readFannedOut(global, limit),
  drivers: { load },
  streams: createStreamKit(vtgate, env.VTCTLD_ADDRESS).streams,
  toChanged: () => toEvent(rowsChanged, { subject: "rows", data: { changes: [...ANY_CHANGE] } }),
  forgetKeys: (now) => forgetRequestKeys(global, now),
  noteBacklog: createNoteBacklog(global),
});
defineEventFunction("sweep-operations", [onEvent(ping, sweep)]);
