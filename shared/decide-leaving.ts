/** What comes next for a tablet that leaves: one thing at a time, until nothing of it is left. Pure. */
import {
  type ClusterView,
  candidates,
  isSettled,
  SETTLING,
  type TabletView,
} from "./cluster-view.ts";
import type { Decision } from "./procedure.ts";
import type { TabletsDriver } from "./tablets-port.ts";
import type { Vtctld } from "./vtctld.ts";

export type LeaveAction =
  /** Its shard gets another primary. */
  | { readonly kind: "hand-over"; readonly from: string; readonly to: string }
  | { readonly kind: "drain"; readonly alias: string }
  | { readonly kind: "remove"; readonly name: string }
  | { readonly kind: "forget"; readonly alias: string };

const handOver = (
  view: ClusterView,
  shard: string,
  { alias, dataCenter, name }: TabletView,
): Decision<LeaveAction> => {
  const phase = "hand over";
  const [to] = candidates(view, shard, dataCenter);
  // As while replicas turn to a new primary: it passes.
  if (to === undefined) {
    const next = `${name} is the primary of ${shard}, and no healthy replica can take over`;
    return { kind: "wait", phase, next };
  }
  if (!isSettled(view, shard)) return { kind: "wait", phase, next: SETTLING };
  return { kind: "act", phase, action: { kind: "hand-over", from: alias, to: to.alias } };
};

/** Undefined once neither the topology nor the tablets port knows it. */
export const decideLeaving = (
  name: string,
  shard: string,
  view: ClusterView,
): Decision<LeaveAction> | undefined => {
  const tablet = view.tablets.find((one) => one.name === name);
  const managed = view.managed.find((one) => one.name === name);
  if (managed?.isLeaving === true)
    return { kind: "wait", phase: "stop", next: `${name} stops and frees its storage` };
  if (managed !== undefined && tablet !== undefined) {
    if (tablet.type === "PRIMARY") return handOver(view, shard, tablet);
    if (tablet.type === "REPLICA")
      return { kind: "act", phase: "drain", action: { kind: "drain", alias: tablet.alias } };
  }
  if (managed !== undefined)
    return { kind: "act", phase: "stop", action: { kind: "remove", name } };
  if (tablet !== undefined)
    return { kind: "act", phase: "forget", action: { kind: "forget", alias: tablet.alias } };
  return undefined;
};

/** Does it; `place` is the shard. */
export const actLeaving = (
  {
    vtctld,
    driver,
  }: {
    readonly vtctld: Pick<Vtctld, "reparent" | "changeType" | "deleteTablet">;
    readonly driver: Pick<TabletsDriver, "remove">;
  },
  action: LeaveAction,
  place: { readonly keyspace: string; readonly shard: string },
): Promise<void> => {
  switch (action.kind) {
    case "hand-over":
      return vtctld.reparent({ ...place, to: action.to, expected: action.from });
    case "drain":
      return vtctld.changeType(action.alias, "DRAINED");
    case "remove":
      return driver.remove(action.name);
    case "forget":
      return vtctld.deleteTablet(action.alias);
  }
};
