/** What comes next for a standby that becomes primary. Pure. */
import {
  type ClusterView,
  inShard,
  isHealthyReplica,
  isSettled,
  SETTLING,
} from "#shared/cluster-view.ts";
import { Problem } from "#shared/problem.ts";
import type { Decision } from "#shared/procedure.ts";

export interface PromoteAction {
  readonly kind: "promote";
  /** Alias of the primary that hands over, where there is one. */
  readonly from: string | undefined;
  readonly to: string;
}

export const decidePromotion = (
  { shard, to }: { readonly shard: string; readonly to: string },
  view: ClusterView,
): Decision<PromoteAction> => {
  const tablets = inShard(view, shard);
  const chosen = tablets.find(({ name }) => name === to);
  const primary = tablets.find(({ type }) => type === "PRIMARY");
  if (chosen === undefined)
    return { kind: "fail", problem: new Problem("conflict", `${to} is no longer in ${shard}`) };
  if (chosen.type === "PRIMARY")
    return chosen.isServing
      ? { kind: "done", result: { shard, primary: to } }
      : { kind: "wait", phase: "promote", next: `${to} is primary and begins to serve` };
  if (!isHealthyReplica(chosen))
    return { kind: "wait", phase: "check", next: `${to} is not a healthy replica of ${shard}` };
  if (!isSettled(view, shard)) return { kind: "wait", phase: "check", next: SETTLING };
  const action = { kind: "promote", from: primary?.alias, to: chosen.alias } as const;
  return { kind: "act", phase: "promote", action };
};
