import {
  dataCenterEvacuationRequested,
  migrationTakeBackRequested,
  shardMigrationRequested,
} from "#events/tablet-requests.ts";
import { createActSplit } from "#shared/act-split.ts";
import { type ClusterView, splitShard } from "#shared/cluster-view.ts";
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
  const { id, kind, request } = operation;
  if (kind === "evacuate")
    return {
      splits: [],
      migrations: toEvacuation(id, evacuateStored.parse(request).dataCenter, view),
    };
  const { splits, moving, to } = migrateStored.parse(request);
  return {
    splits: splits.map((split) => toSplit(operation, { ...split, keepSeconds: 0 }, view.at)),
    migrations: moving.map((shard) => ({ id: `${id}/${shard}`, shard, to })),
  };
};

/** Whole shards move as they are. */
const nothing = { shards: [], streams: [], copy: undefined, comparisons: [], loads: 0 };

const extend = async (view: ClusterView, { id, kind, request }: Operation): Promise<SplitView> => {
  if (kind === "evacuate") return { ...view, ...nothing };
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
const move = tools.handle(procedure);
defineEventFunction("migrate-shard", [
  onEvent(shardMigrationRequested, move),
  onEvent(migrationTakeBackRequested, tools.handle(back, TAKE_BACK)),
  onEvent(dataCenterEvacuationRequested, move),
]);
