/** Moving a shard, a region or a category as an operation: what is cut, what moves, why it could not. */
import { migrationTakeBackRequested, shardMigrationRequested } from "#events/tablet-requests.ts";
import { type ClusterView, inShard, primaryOf } from "#shared/cluster-view.ts";
import { parseBody } from "#shared/parse-body.ts";
import type { PlacementMap } from "#shared/placement.ts";
import { Problem } from "#shared/problem.ts";
import { TAKE_BACK } from "#shared/procedure.ts";
import { doRangesMeet, parseKeyRange } from "#shared/shards.ts";
import { cutFor, cutShard } from "#shared/split-names.ts";
import { toTakeBackAt } from "#shared/split-procedure.ts";
import { migrate, migrateStored } from "#shared/tablet-requests.ts";
import { checkShard, createKind, createWake, findFixedShards } from "./create-kind.ts";
import type { OperationKind } from "./run-operations.ts";
import type { SplitKindDeps } from "./split-kind.ts";

const KEYSPACE = "tagenal";

interface Cut {
  readonly shard: string;
  readonly targets: readonly string[];
}

export interface Plan {
  readonly splits: readonly Cut[];
  /** Shards as they will be called then. */
  readonly moving: readonly string[];
}

/** What has to be cut so that a range is made of whole shards, and those. Pure. */
export const planMove = (range: string, serving: readonly string[], map: PlacementMap): Plan => {
  const wanted = parseKeyRange(range);
  const isWanted = (shard: string): boolean => doRangesMeet(parseKeyRange(shard), wanted);
  const splits: Cut[] = [];
  const moving: string[] = [];
  for (const shard of serving.filter(isWanted).sort()) {
    let rest = shard;
    for (let at = cutFor(range, rest); at !== undefined; at = cutFor(range, rest)) {
      const targets = cutShard(rest, map, at) ?? [];
      splits.push({ shard: rest, targets });
      rest = targets.find(isWanted) ?? rest;
    }
    moving.push(rest);
  }
  return { splits, moving };
};

type Request = ReturnType<typeof migrate.parse>;

/** Which field names what moves. */
const findSubject = (
  request: Request,
): { field: "shard" | "region" | "category"; name: string } => {
  const given = (["shard", "region", "category"] as const).filter(
    (field) => request[field] !== undefined,
  );
  const [field] = given;
  if (field === undefined || given.length > 1)
    throw new Problem("invalid-request", "shard: one of shard, region and category is needed", {
      field: given[1] ?? "shard",
    });
  return { field, name: request[field] ?? "" };
};

const findRange = (map: PlacementMap, field: "region" | "category", name: string): string => {
  const ranges = field === "region" ? map.users : map.articles;
  const range = Object.hasOwn(ranges, name) ? ranges[name] : undefined;
  if (range !== undefined) return range;
  const known = Object.keys(ranges).join(", ");
  throw new Problem("invalid-request", `${field}: there is no ${name}, only ${known}`, { field });
};

/** Two at home and one elsewhere, as a migration leaves it. */
const isAtHome = (view: ClusterView, shard: string, home: string): boolean => {
  const tablets = inShard(view, shard);
  const near = tablets.filter(({ dataCenter }) => dataCenter === home).length;
  return primaryOf(view, shard)?.dataCenter === home && near >= 2 && tablets.length - near <= 1;
};

/** The halves of a cut stay where the whole was; then one of them moves. */
const placeCut = (view: ClusterView, { shard, targets }: Cut, first: string) => {
  const whole = inShard(view, `${KEYSPACE}/${shard}`);
  const source = whole.length > 0 ? shard : first;
  const home = primaryOf(view, `${KEYSPACE}/${source}`)?.dataCenter ?? "beijing";
  const tablets = inShard(view, `${KEYSPACE}/${source}`);
  const away = tablets.find(({ dataCenter }) => dataCenter !== home)?.dataCenter ?? home;
  return { shard: `${KEYSPACE}/${shard}`, targets: [...targets], home, away };
};

const settleWhole = async (
  deps: SplitKindDeps,
  request: Request,
): Promise<{ plan: Plan; shard: string }> => {
  const { field, name } = findSubject(request);
  if (field === "shard") return { plan: { splits: [], moving: [name] }, shard: name };
  const map = await deps.readPlacement();
  const serving = (await deps.readServing())
    .filter((shard) => shard.startsWith(`${KEYSPACE}/`))
    .map((shard) => shard.slice(KEYSPACE.length + 1));
  const { splits, moving } = planMove(findRange(map, field, name), serving, map);
  const first = splits[0]?.shard ?? moving[0] ?? "";
  return {
    plan: { splits, moving: moving.map((shard) => `${KEYSPACE}/${shard}`) },
    shard: `${KEYSPACE}/${first}`,
  };
};

/** A cut that is under way, and servers that came for it. */
export const createTakeBackMove =
  (wake: ReturnType<typeof createWake>): NonNullable<OperationKind["toTakeBack"]> =>
  (operation, how) => {
    if (how === "undo")
      throw new Problem("conflict", "a migration is undone by one to where it was");
    return {
      step: TAKE_BACK,
      phase: "take back",
      progress: { takeBack: how, takeBackAt: toTakeBackAt(operation, Date.now()) },
      event: wake(migrationTakeBackRequested)(operation.id),
    };
  };

export const createMigrateKind = (deps: SplitKindDeps): OperationKind => {
  const wake = createWake(deps.toEvent);
  return createKind(deps, {
    parse: (body) => {
      const request = parseBody(migrate, body);
      const { name } = findSubject(request);
      if (request.confirm === name) return request;
      throw new Problem("invalid-request", `confirm: not ${name}`, { field: "confirm" });
    },
    settle: async (request, view) => {
      const { to } = request;
      const { plan, shard } = await settleWhole(deps, request);
      checkShard(view, shard);
      const reasons: string[] = plan.splits.length > 0 ? findFixedShards(view) : [];
      if (primaryOf(view, shard) === undefined) reasons.push(`${shard} has no primary`);
      if (plan.splits.length === 0 && plan.moving.every((one) => isAtHome(view, one, to)))
        reasons.push(`${plan.moving.join(", ")} is at home in ${to} already`);
      if (plan.splits.length > 0 && (await deps.readBusy()).some(({ kind }) => kind === "load"))
        reasons.push("a load is at work");
      const [, first = ""] = shard.split("/");
      const splits = plan.splits.map((cut) => placeCut(view, cut, first));
      return {
        request: migrateStored.parse({ ...request, shard, splits, moving: [...plan.moving] }),
        reasons,
        steps: [
          ...splits.map(({ shard: whole, targets }) => `split ${whole} into ${targets.join(", ")}`),
          ...[`let servers join in ${to}`, "move the primary", "drop the servers left behind"],
        ],
      };
    },
    toEvent: wake(shardMigrationRequested),
    more: { toTakeBack: createTakeBackMove(wake) },
  });
};
