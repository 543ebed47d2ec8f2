import {
  dataCenterEvacuationRequested,
  migrationTakeBackRequested,
  shardMigrationRequested,
} from "#events/tablet-requests.ts";
import { createActSplit } from "#shared/act-split.ts";
import { splitShard } from "#shared/cluster-view.ts";
import { actLeaving } from "#shared/decide-leaving.ts";
import { readEnv, text, url } from "#shared/env.ts";
import { defineEventFunction, onEvent } from "#shared/event-function.ts";
import type { Operation } from "#shared/operation-rows.ts";
import { TAKE_BACK } from "#shared/procedure.ts";
import { afterGrace, concludeTakeBack, toSplit, toWorkflow } from "#shared/split-procedure.ts";
import { readSplitView, type SplitView } from "#shared/split-view.ts";
import { createTabletTools, type TabletProcedure } from "#shared/tablet-function.ts";
import { evacuateStored, migrateStored } from "#shared/tablet-requests.ts";
import {
  decideMove,
  decideMoveBack,
  type Move,
  type MoveAction,
  toEvacuation,
} from "./decide-move.ts";

const env = readEnv({ VTGATE_URL: url, VTCTLD_ADDRESS: text, TABLETS_URL: url, K_SINK: url });
const tools = createTabletTools("migrate-shard", env);
const actSplit = createActSplit(tools);
// The copies of a large shard take hours.
const LONGEST_MS = 48 * 60 * 60_000;

const toMove = (operation: Operation, view: SplitView): Move => {
  const { id, request } = operation;
  const { splits, moving, to } = migrateStored.parse(request);
  return {
    splits: splits.map((split) => toSplit(operation, { ...split, keepSeconds: 0 }, view.at)),
    migrations: moving.map((shard) => ({ id: `${id}/${shard}`, shard, to })),
  };
};

const extend = (view: Parameters<typeof readSplitView>[1], { id, request }: Operation) => {
  const { keyspace } = splitShard(migrateStored.parse(request).shard);
  return readSplitView(tools, view, { keyspace, workflow: toWorkflow(id) });
};

const act = (action: MoveAction): Promise<void> => {
  if (action.kind === "add") return tools.add(action);
  if (action.kind === "split") return actSplit(action.action, action.split);
  return actLeaving(tools, action.action, splitShard(action.shard));
};

const procedure: TabletProcedure<SplitView, MoveAction> = {
  longestMs: LONGEST_MS,
  extend,
  decide: (operation, view) => decideMove(toMove(operation, view), view),
  act,
  takeBack: ({ id: operationId }) => ({
    step: TAKE_BACK,
    event: tools.kit.toEvent(migrationTakeBackRequested, {
      subject: operationId,
      data: { operationId },
    }),
  }),
};
const back: TabletProcedure<SplitView, MoveAction> = {
  longestMs: 2 * LONGEST_MS,
  extend,
  decide: afterGrace((operation, view) => decideMoveBack(toMove(operation, view), view)),
  act,
  conclude: concludeTakeBack,
};
const evacuation = tools.handle<MoveAction>({
  longestMs: LONGEST_MS,
  decide: ({ id, request }, view) => {
    const { dataCenter } = evacuateStored.parse(request);
    const migrations = toEvacuation(id, dataCenter, view);
    const nothing = { shards: [], streams: [], copy: undefined, comparisons: [], loads: 0 };
    return decideMove({ splits: [], migrations }, { ...view, ...nothing });
  },
  act,
});
defineEventFunction("migrate-shard", [
  onEvent(shardMigrationRequested, tools.handle(procedure)),
  onEvent(migrationTakeBackRequested, tools.handle(back, TAKE_BACK)),
  onEvent(dataCenterEvacuationRequested, evacuation),
]);
