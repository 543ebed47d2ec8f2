/** Who can be killed in the midst of something. */
import { askStatus } from "#infra/local/cluster/control.ts";
import { toPaths } from "#infra/local/cluster/layout.ts";
import type { TestCluster } from "../integration/cluster.ts";
import type { TabletClient } from "../integration/tablet-client.ts";

/** Process ids; below zero, those of whole groups. */
export type Found = (client: TabletClient, cluster: TestCluster) => Promise<readonly number[]>;

const pidsOf = async (cluster: TestCluster, names: readonly string[]): Promise<number[]> => {
  const units = (await askStatus(toPaths(cluster.home)))?.units ?? [];
  return units.flatMap(({ name, pid }) =>
    pid !== undefined && names.includes(name) ? [-pid] : [],
  );
};

export const unit =
  (...names: readonly string[]): Found =>
  (_client, cluster) =>
    pidsOf(cluster, names);

export const ofPrimary =
  (...suffixes: readonly string[]): Found =>
  async (client, cluster) => {
    const primary = await client.findPrimary();
    return pidsOf(
      cluster,
      suffixes.map((suffix) => primary + suffix),
    );
  };
