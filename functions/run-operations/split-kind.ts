/** The split of a shard as an operation: where it is cut, and why it could not run. */
import { shardSplitRequested, splitTakeBackRequested } from "#events/tablet-requests.ts";
import { candidates, inShard, primaryOf, splitShard } from "#shared/cluster-view.ts";
import type { Operation } from "#shared/operation-rows.ts";
import { parseBody } from "#shared/parse-body.ts";
import type { PlacementMap } from "#shared/placement.ts";
import { Problem } from "#shared/problem.ts";
import { type Phase, TAKE_BACK } from "#shared/procedure.ts";
import { parseKeyRange } from "#shared/shards.ts";
import { cutShard } from "#shared/split-names.ts";
import { toTakeBackAt } from "#shared/split-procedure.ts";
import { splitRequest, splitStored } from "#shared/tablet-requests.ts";
import {
  type CreateKindDeps,
  checkShard,
  createKind,
  createWake,
  findFixedShards,
} from "./create-kind.ts";
import type { OperationKind } from "./run-operations.ts";

export interface SplitKindDeps extends CreateKindDeps {
  readonly readPlacement: () => Promise<PlacementMap>;
  /** Names of the shards that serve, as keyspace/shard. */
  readonly readServing: () => Promise<readonly string[]>;
}

const STEPS = [
  "let servers join for both halves",
  "copy the rows, and follow",
  "compare every row",
  "switch reads, then writes",
  "hand the derived tables' streams over",
];

const cut = (shard: string, at: string | undefined, map: PlacementMap): readonly string[] => {
  const halves = cutShard(shard, map, at);
  if (halves !== undefined) return halves;
  const { from, to } = parseKeyRange(shard);
  const [low, high] = [from, to].map((bound) => `0x${bound.toString(16).padStart(16, "0")}`);
  throw new Problem("invalid-request", `at: ${at} is not between ${low} and ${high}`, {
    field: "at",
  });
};

/** Phases from which on the old shard cannot come back. */
const FINAL = ["complete", "remove"];

const checkUndoable = ({ progress }: Operation): void => {
  const phases = (progress["phases"] ?? []) as readonly Phase[];
  if (phases.some(({ name }) => FINAL.includes(name)) && progress["takeBack"] === undefined)
    throw new Problem("conflict", "the old shard is being removed: it is too late to take it back");
};

export const createSplitKind = (deps: SplitKindDeps): OperationKind => {
  const wake = createWake(deps.toEvent);
  return createKind(deps, {
    parse: (body) => parseBody(splitRequest, body),
    settle: async (request, view) => {
      const { shard, at, keepSeconds } = request;
      checkShard(view, shard);
      const { keyspace, shard: source } = splitShard(shard);
      if (source === "0")
        throw new Problem("invalid-request", `shard: ${keyspace} is not sharded`, {
          field: "shard",
        });
      const targets = cut(source, at, await deps.readPlacement());
      const home = primaryOf(view, shard)?.dataCenter;
      const away = inShard(view, shard).find(({ dataCenter }) => dataCenter !== home)?.dataCenter;
      const reasons: string[] = findFixedShards(view);
      if (home === undefined) reasons.push(`${shard} has no primary`);
      else if (candidates(view, shard, home).length === 0)
        reasons.push(`${shard} has no healthy replica to copy from`);
      if (!(await deps.readServing()).includes(shard)) reasons.push(`${shard} does not serve`);
      if ((await deps.readBusy()).some(({ kind }) => kind === "load"))
        reasons.push("a load is at work");
      return {
        request: splitStored.parse({
          ...{ ...request, targets, home: home ?? "beijing" },
          away: away ?? home ?? "beijing",
        }),
        reasons,
        steps: [...STEPS, `keep the old shard for ${keepSeconds} s`, "remove its servers"],
      };
    },
    toEvent: wake(shardSplitRequested),
    more: {
      toTakeBack: (operation, how) => {
        checkUndoable(operation);
        return {
          step: TAKE_BACK,
          phase: "take back",
          progress: { takeBack: how, takeBackAt: toTakeBackAt(operation, Date.now()) },
          event: wake(splitTakeBackRequested)(operation.id),
        };
      },
    },
  });
};
