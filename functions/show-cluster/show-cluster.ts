/** The database servers, as they are now. */
import { type ClusterView, shardName, type TabletView } from "#shared/cluster-view.ts";
import type { Route } from "#shared/http-function.ts";
import { readParams } from "#shared/query-params.ts";
import type { ManagedTablet } from "#shared/tablets-port.ts";

export interface ShowClusterDeps {
  readonly readView: () => Promise<ClusterView>;
}

const toState = (tablet: TabletView): string => {
  if (tablet.type === "RESTORE") return "copying";
  if (tablet.type === "DRAINED") return "drained";
  if (!tablet.isServing) return "not serving";
  return tablet.type === "PRIMARY" || tablet.isReplicating ? "serving" : "not replicating";
};

const toItem = (tablet: TabletView, managed: ManagedTablet | undefined) => ({
  tablet: tablet.name,
  alias: tablet.alias,
  dataCenter: tablet.dataCenter,
  shard: shardName(tablet),
  role: tablet.type.toLowerCase(),
  state: managed?.isLeaving === true ? "leaving" : toState(tablet),
  lagSeconds: tablet.type === "PRIMARY" ? null : tablet.lag,
  isManaged: managed !== undefined,
});

/** Started, but not in the topology yet. */
const toNewcomer = (managed: ManagedTablet) => ({
  tablet: managed.name,
  alias: managed.alias,
  dataCenter: managed.dataCenter,
  shard: shardName(managed),
  role: "none",
  state: managed.trouble ?? (managed.isLeaving ? "leaving" : "starting"),
  lagSeconds: null,
  isManaged: true,
});

/** By shard, the primary first. Pure. */
export const toItems = ({ tablets, managed }: ClusterView) => {
  const known = tablets.map((tablet) =>
    toItem(
      tablet,
      managed.find(({ alias }) => alias === tablet.alias),
    ),
  );
  const newcomers = managed.filter((one) => !tablets.some(({ alias }) => alias === one.alias));
  return [...known, ...newcomers.map(toNewcomer)].sort(
    (one, other) =>
      one.shard.localeCompare(other.shard) ||
      Number(other.role === "primary") - Number(one.role === "primary") ||
      one.tablet.localeCompare(other.tablet),
  );
};

export const createShowCluster = ({ readView }: ShowClusterDeps): Route[] => [
  {
    method: "GET",
    path: "/v1/tablets",
    handle: async ({ query }) => {
      readParams(query, []);
      return { status: 200, body: { items: toItems(await readView()), next: null } };
    },
  },
];
