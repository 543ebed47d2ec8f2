/** What comes next for a tablet that is dropped. Pure. */
import { type ClusterView, candidates, type TabletView } from "#shared/cluster-view.ts";
import { type AddTablet, decideJoin } from "#shared/decide-join.ts";
import { Problem } from "#shared/problem.ts";
import type { Decision } from "#shared/procedure.ts";

export type DropAction =
  | AddTablet
  /** Its shard gets another primary. */
  | { readonly kind: "hand-over"; readonly from: string; readonly to: string }
  | { readonly kind: "drain"; readonly alias: string }
  | { readonly kind: "remove"; readonly name: string }
  | { readonly kind: "forget"; readonly alias: string };

export interface Drop {
  readonly id: string;
  readonly tablet: string;
  /** As keyspace/shard. */
  readonly shard: string;
  readonly replace: boolean;
}

const handOver = (
  view: ClusterView,
  { shard }: Drop,
  { alias, dataCenter, name }: TabletView,
): Decision<DropAction> => {
  const [to] = candidates(view, shard, dataCenter);
  if (to !== undefined)
    return {
      kind: "act",
      phase: "hand over",
      action: { kind: "hand-over", from: alias, to: to.alias },
    };
  const detail = `${name} is the primary of ${shard}, and no healthy replica can take over`;
  return { kind: "fail", problem: new Problem("conflict", detail) };
};

/** From a tablet that serves to one that is gone, one thing at a time. */
const decideLeaving = (drop: Drop, view: ClusterView): Decision<DropAction> => {
  const tablet = view.tablets.find(({ name }) => name === drop.tablet);
  const managed = view.managed.find(({ name }) => name === drop.tablet);
  if (managed?.isLeaving === true)
    return { kind: "wait", phase: "stop", next: `${drop.tablet} stops and frees its storage` };
  if (managed !== undefined && tablet !== undefined) {
    if (tablet.type === "PRIMARY") return handOver(view, drop, tablet);
    if (tablet.type === "REPLICA")
      return { kind: "act", phase: "drain", action: { kind: "drain", alias: tablet.alias } };
  }
  if (managed !== undefined)
    return { kind: "act", phase: "stop", action: { kind: "remove", name: drop.tablet } };
  if (tablet !== undefined)
    return { kind: "act", phase: "forget", action: { kind: "forget", alias: tablet.alias } };
  return { kind: "done", result: { tablet: drop.tablet, shard: drop.shard } };
};

export const decideDrop = (drop: Drop, view: ClusterView): Decision<DropAction> => {
  const managed = view.managed.find(({ name }) => name === drop.tablet);
  if (!drop.replace || managed === undefined || managed.isLeaving) return decideLeaving(drop, view);
  const { id, shard } = drop;
  const joined = decideJoin({ id, shard, dataCenter: managed.dataCenter }, view);
  return joined.kind === "done" ? decideLeaving(drop, view) : joined;
};
