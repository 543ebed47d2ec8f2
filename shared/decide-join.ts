/** What comes next for a tablet that joins, or is made anew. Pure. */
import {
  type ClusterView,
  isUseful,
  MOST_LAG_SECONDS,
  pickDonor,
  type TabletView,
} from "./cluster-view.ts";
import { Problem } from "./problem.ts";
import type { Decision } from "./procedure.ts";
import type { ManagedTablet } from "./tablets-port.ts";

export interface AddTablet {
  readonly kind: "add";
  /** Who asks: the same one gets the same tablet. */
  readonly by: string;
  readonly dataCenter: string;
  readonly shard: string;
  /** None where the shard has no data yet. */
  readonly donor?: string | undefined;
  /** Name of the backup to begin with instead of a copy. */
  readonly backup?: string | undefined;
}

export const noDonor = (shard: string): string => `${shard} has no serving tablet to copy from`;

/**
 * A tablet that has been started: until it serves and keeps up. Undefined once it does, also as a
 * primary: it may have been promoted as soon as it was there.
 */
export const decideArrival = (
  made: ManagedTablet,
  tablet: TabletView | undefined,
): Exclude<Decision<never>, { kind: "done" | "act" }> | undefined => {
  if (made.trouble !== null)
    return {
      kind: "fail",
      problem: new Problem("internal", `${made.name} does not come up: ${made.trouble}`),
    };
  if (tablet === undefined)
    return { kind: "wait", phase: "start", next: `${made.name} starts its MySQL` };
  if (tablet.type === "RESTORE")
    return { kind: "wait", phase: "copy", next: `${made.name} copies the data` };
  if (isUseful(tablet)) return undefined;
  const lag = tablet.lag === null ? "not following yet" : `${tablet.lag} s behind`;
  const next = `${made.name} catches up: ${lag}, ${MOST_LAG_SECONDS} s allowed`;
  return { kind: "wait", phase: "catch up", next };
};

export const decideJoin = (
  { by, dataCenter, shard, backup }: Omit<AddTablet, "kind" | "donor">,
  view: ClusterView,
): Decision<AddTablet> => {
  const made = view.managed.find(({ madeBy }) => madeBy === by);
  if (made === undefined) {
    const donor = pickDonor(view, shard, dataCenter)?.alias;
    // As while a primary is replaced: it passes.
    if (donor === undefined) return { kind: "wait", phase: "start", next: noDonor(shard) };
    const action = { kind: "add", by, dataCenter, shard, donor, backup } as const;
    return { kind: "act", phase: "start", action };
  }
  const tablet = view.tablets.find(({ alias }) => alias === made.alias);
  const arrival = decideArrival(made, tablet);
  return arrival ?? { kind: "done", result: { tablet: made.name, shard, dataCenter } };
};
