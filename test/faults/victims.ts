/** Who can be killed in the midst of something. */
import { Redis } from "ioredis";
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

const isRedisPrimary = async (port: number): Promise<boolean> => {
  const redis = new Redis({ port, lazyConnect: true });
  try {
    const [role] = await redis.role();
    return role === "master";
  } finally {
    redis.disconnect();
  }
};

/** One of three, with a third of what is cached. */
export const aRedisPrimary: Found = async (_client, cluster) => {
  const units = (await askStatus(toPaths(cluster.home)))?.units ?? [];
  for (const { name } of units) {
    const port = Number(/^redis-(\d+)$/.exec(name)?.[1]);
    if (port > 0 && (await isRedisPrimary(port))) return pidsOf(cluster, [name]);
  }
  return [];
};

export const ofPrimary =
  (...suffixes: readonly string[]): Found =>
  async (client, cluster) => {
    const primary = await client.findPrimary();
    return pidsOf(
      cluster,
      suffixes.map((suffix) => primary + suffix),
    );
  };
