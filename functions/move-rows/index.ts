import { rowMoveRequested } from "#events/row-move-requested.ts";
import { createFunctionChanges } from "#shared/cache-kit.ts";
import { list, readEnv, url } from "#shared/env.ts";
import { defineEventFunction, onEvent } from "#shared/event-function.ts";
import { readHeldLoads } from "#shared/held-loads.ts";
import { createOperationKit } from "#shared/operation-kit.ts";
import { placement } from "#shared/placement.ts";
import { readPlacement } from "#shared/placement-store.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { createMoveOwner } from "./move-owner.ts";
import { createMoveReads } from "./move-reads.ts";
import { createMoveRows } from "./move-rows.ts";

const env = readEnv({ VTGATE_URL: url, REDIS_NODES: list, K_SINK: url });
const { tagenal, global } = createVtgate(env.VTGATE_URL);
const { workOnStep } = createOperationKit("move-rows", { db: global, sink: env.K_SINK });

const moveRows = createMoveRows({
  workOnStep,
  moveOwner: createMoveOwner({ tagenal, placement: () => readPlacement(global) }),
  moveReads: createMoveReads(tagenal),
  changes: createFunctionChanges("move-rows", env),
  isLoading: async () => (await readHeldLoads(global)).length > 0,
  homeOf: async (table, to, aid) => placement(await readPlacement(global), table, to, aid),
});
defineEventFunction("move-rows", [onEvent(rowMoveRequested, moveRows)]);
