/** In a word or two, how a server is. Pure. */
import type { ClusterView, TabletView } from "./cluster-view.ts";
import type { ManagedTablet } from "./tablets-port.ts";

/** A server as it is known: to the topology, to the tablets port, or to both. */
export interface KnownTablet {
  readonly name: string;
  readonly alias: string;
  readonly dataCenter: string;
  readonly keyspace: string;
  readonly shard: string;
  /** Undefined where it was started but is not in the topology yet. */
  readonly seen: TabletView | undefined;
  /** Undefined where nobody here starts and stops it. */
  readonly managed: ManagedTablet | undefined;
}

/** Every server once. */
export const listKnown = ({ tablets, managed }: ClusterView): KnownTablet[] => {
  const names = new Set([...tablets, ...managed].map(({ alias }) => alias));
  return [...names].flatMap((alias) => {
    const seen = tablets.find((one) => one.alias === alias);
    const kept = managed.find((one) => one.alias === alias);
    const known = seen ?? kept;
    if (known === undefined) return [];
    const { name, dataCenter, keyspace, shard } = known;
    return [{ name, alias, dataCenter, keyspace, shard, seen, managed: kept }];
  });
};

const ofSeen = (tablet: TabletView): string => {
  if (tablet.type === "RESTORE") return "copying";
  if (tablet.type === "BACKUP") return "backing up";
  if (tablet.type === "DRAINED") return "drained";
  if (!tablet.isServing) return "not serving";
  return tablet.type === "PRIMARY" || tablet.isReplicating ? "serving" : "not replicating";
};

export const toState = ({ seen, managed }: KnownTablet): string => {
  if (managed?.isLeaving === true) return "leaving";
  if (managed?.isFenced === true) return "fenced";
  if (seen !== undefined) return ofSeen(seen);
  return managed?.trouble ?? "starting";
};
