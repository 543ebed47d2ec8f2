/** What all kinds of operations on servers and shards have in common: they are checked against a view. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Contract } from "#events/contract.ts";
import { type ClusterView, shardName, splitShard, type TabletView } from "#shared/cluster-view.ts";
import type { StoredEvent } from "#shared/emit.ts";
import type { ToEvent } from "#shared/operation-kit.ts";
import type { Json } from "#shared/operation-rows.ts";
import { Problem } from "#shared/problem.ts";
import { STEP } from "#shared/procedure.ts";
import { doRangesMeet, parseKeyRange } from "#shared/shards.ts";
import type { ManagedTablet } from "#shared/tablets-port.ts";
import type { OperationKind } from "./run-operations.ts";

/** An operation that has not ended. */
export interface BusyOperation {
  readonly id: string;
  readonly kind: string;
  readonly request: Json;
  readonly progress: Json;
}

export interface CreateKindDeps {
  readonly readView: () => Promise<ClusterView>;
  /** Operations that have not ended. */
  readonly readBusy: () => Promise<readonly BusyOperation[]>;
  readonly toEvent: ToEvent;
}

export interface Settled {
  readonly request: Json;
  readonly reasons: readonly string[];
  /** What it will go through, in words. */
  readonly steps: readonly string[];
}

export interface Shape<Request> {
  readonly parse: (body: unknown) => Request;
  /** Chooses what was left open, and says why it cannot run. */
  readonly settle: (request: Request, view: ClusterView) => Settled | Promise<Settled>;
  readonly toEvent: (operationId: string) => StoredEvent;
  readonly lockName?: (request: Json) => string;
  readonly more?: Pick<OperationKind, "toTakeBack">;
}

/** What speaks against it may pass at once, as when replicas turn to a new primary. */
const LOOKS = 5;
const PAUSE_MS = 800;

const lockOfShard = (request: Json): string => `shard:${String(request["shard"])}`;

/** Both are keyspace/shard. */
const doShardsMeet = (one: string, other: string): boolean => {
  const [a, b] = [splitShard(one), splitShard(other)];
  return a.keyspace === b.keyspace && doRangesMeet(parseKeyRange(a.shard), parseKeyRange(b.shard));
};

/** Operations on a whole data center, and on shards that share keys with this one. Pure. */
export const findOthers = (
  request: Json,
  busy: readonly BusyOperation[],
): readonly BusyOperation[] => {
  const { shard, dataCenter } = request;
  return busy.filter(({ request: other }) => {
    const theirs = other["shard"];
    if (typeof theirs !== "string") return /^(evacuate|fail-over)/.test(String(other["kind"]));
    if (typeof shard !== "string") return dataCenter !== undefined;
    // On the same shard the lock tells, also whether it is the same request.
    return theirs !== shard && doShardsMeet(theirs, shard);
  });
};

export const createKind = <Request>(
  { readView, readBusy }: CreateKindDeps,
  { parse, settle, toEvent, lockName = lockOfShard, more = {} }: Shape<Request>,
): OperationKind => ({
  parse: (body) => parse(body) as Json,
  check: async (request) => {
    const look = async (): Promise<Settled> => {
      const settled = await settle(request as Request, await readView());
      const others = findOthers(settled.request, await readBusy())
        .filter(({ request: other }) => lockName(other) !== lockName(settled.request))
        .map(({ id, kind }) => `operation ${id} (${kind}) is at work there`);
      return { ...settled, reasons: [...settled.reasons, ...others] };
    };
    let settled = await look();
    for (let looks = 1; settled.reasons.length > 0 && looks < LOOKS; looks += 1) {
      await sleep(PAUSE_MS);
      settled = await look();
    }
    return {
      reasons: [...settled.reasons],
      plan: { ...settled.request, steps: settled.steps },
      request: settled.request,
    };
  },
  lockName,
  rejectsKey: () => undefined,
  step: STEP,
  toEvent,
  ...more,
});

export const createWake =
  (toEvent: ToEvent) =>
  (contract: Contract<{ operationId: string }>) =>
  (operationId: string): StoredEvent =>
    toEvent(contract, { subject: operationId, data: { operationId } });

/** Why no new shard can be made. An operator that ranks its tablets also decides on shards. Pure. */
export const findFixedShards = ({ managed }: ClusterView): string[] =>
  managed.some(({ rank }) => rank !== undefined)
    ? ["here the shards are those of the VitessCluster resource"]
    : [];

export const shardsOf = (view: ClusterView): string[] =>
  [...new Set(view.tablets.map(shardName))].sort();

export const checkShard = (view: ClusterView, shard: string): void => {
  const known = shardsOf(view);
  if (known.includes(shard)) return;
  throw new Problem("invalid-request", `shard: there is no ${shard}, only ${known.join(", ")}`, {
    field: "shard",
  });
};

/** Kept, but not in the topology: it was fenced off, or does not come up. */
const toAbsent = ({ name, alias, dataCenter, keyspace, shard }: ManagedTablet): TabletView => ({
  ...{ name, alias, dataCenter, keyspace, shard, type: "UNKNOWN" },
  ...{ isServing: false, isReplicating: false, lag: null, primarySince: null, webAddress: "" },
});

export const findTablet = (view: ClusterView, name: string, field: string): TabletView => {
  const absent = view.managed.filter(
    ({ alias }) => !view.tablets.some((tablet) => tablet.alias === alias),
  );
  const all = [...view.tablets, ...absent.map(toAbsent)];
  const found = all.find((tablet) => tablet.name === name);
  if (found !== undefined) return found;
  const known = all.map((tablet) => tablet.name).sort();
  throw new Problem("invalid-request", `${field}: there is no ${name}, only ${known.join(", ")}`, {
    field,
  });
};
