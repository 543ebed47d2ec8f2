/** What comes next for a tablet that is dropped. Pure. */
import type { ClusterView } from "#shared/cluster-view.ts";
import { type AddTablet, decideJoin } from "#shared/decide-join.ts";
import { decideLeaving, type LeaveAction } from "#shared/decide-leaving.ts";
import type { Decision } from "#shared/procedure.ts";

export interface Drop {
  readonly id: string;
  readonly tablet: string;
  /** As keyspace/shard. */
  readonly shard: string;
  readonly replace: boolean;
}

export const decideDrop = (
  { id, tablet, shard, replace }: Drop,
  view: ClusterView,
): Decision<AddTablet | LeaveAction> => {
  const leave = (): Decision<LeaveAction> =>
    decideLeaving(tablet, shard, view) ?? { kind: "done", result: { tablet, shard } };
  const managed = view.managed.find(({ name }) => name === tablet);
  if (!replace || managed === undefined || managed.isLeaving) return leave();
  const joined = decideJoin({ by: id, shard, dataCenter: managed.dataCenter }, view);
  return joined.kind === "done" ? leave() : joined;
};
