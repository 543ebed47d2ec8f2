/** What comes next for a tablet whose data is thrown away and copied anew. Pure. */
import { type ClusterView, inShard, pickDonor } from "#shared/cluster-view.ts";
import { decideArrival, noDonor } from "#shared/decide-join.ts";
import { Problem } from "#shared/problem.ts";
import type { Decision } from "#shared/procedure.ts";

export type HealAction =
  | { readonly kind: "drain"; readonly alias: string }
  | { readonly kind: "rebuild"; readonly name: string; readonly donor: string };

export interface Healing {
  readonly id: string;
  readonly tablet: string;
  /** As keyspace/shard. */
  readonly shard: string;
}

const decideBegin = (
  { tablet: name, shard }: Healing,
  view: ClusterView,
  dataCenter: string,
): Decision<HealAction> => {
  const tablet = view.tablets.find((one) => one.name === name);
  if (tablet?.type === "PRIMARY")
    return {
      kind: "fail",
      problem: new Problem("conflict", `${name} is the primary of ${shard}: promote another first`),
    };
  // Before anything else it must not answer reads any more.
  if (tablet?.type === "REPLICA" && tablet.isServing)
    return { kind: "act", phase: "drain", action: { kind: "drain", alias: tablet.alias } };
  const others = { ...view, tablets: inShard(view, shard).filter((one) => one.name !== name) };
  const donor = pickDonor(others, shard, dataCenter)?.alias;
  if (donor === undefined) return { kind: "wait", phase: "empty", next: noDonor(shard) };
  return { kind: "act", phase: "empty", action: { kind: "rebuild", name, donor } };
};

export const decideHealing = (healing: Healing, view: ClusterView): Decision<HealAction> => {
  const { id, tablet: name, shard } = healing;
  const managed = view.managed.find((one) => one.name === name);
  if (managed === undefined || managed.isLeaving)
    return { kind: "fail", problem: new Problem("conflict", `${name} is no longer there`) };
  if (managed.madeBy !== id) return decideBegin(healing, view, managed.dataCenter);
  if (managed.isEmptying)
    return { kind: "wait", phase: "empty", next: `${name} stops and its data is removed` };
  const tablet = view.tablets.find((one) => one.name === name);
  const arrival = decideArrival(managed, tablet);
  return arrival ?? { kind: "done", result: { tablet: name, shard } };
};
