/**
 * What a deployment of the database must not undo: pure. The manifest says how many tablets each
 * pool begins with; operations have let others join and leave since.
 */
import { z } from "zod";
import { listPools, type Pool, vitessCluster } from "#shared/vitess-pools.ts";

const object = z.looseObject({ kind: z.string() });

const sizeIn = (pools: readonly Pool[], wanted: Pool): number | undefined =>
  pools.find(
    ({ keyspace, shard, cell }) =>
      keyspace === wanted.keyspace && shard === wanted.shard && cell === wanted.cell,
  )?.replicas;

/** Changes the number at a JSON pointer that ends in a pool of the resource. */
const setReplicas = (resource: unknown, path: string, replicas: number): void => {
  let found = resource;
  for (const key of path.split("/").slice(1)) found = (found as Record<string, unknown>)[key];
  (found as Record<string, unknown>)["replicas"] = replicas;
};

/** The objects to apply, with the pools of the VitessCluster as large as they are now. */
export const keepTablets = (objects: readonly unknown[], deployed: unknown): readonly unknown[] => {
  if (deployed === undefined) return objects;
  const now = listPools(vitessCluster.parse(deployed));
  return objects.map((wanted) => {
    if (object.parse(wanted).kind !== "VitessCluster") return wanted;
    // Not structuredClone: where YAML has aliases, several pools are one object.
    const kept: unknown = JSON.parse(JSON.stringify(wanted));
    for (const pool of listPools(vitessCluster.parse(wanted))) {
      const replicas = sizeIn(now, pool);
      if (replicas !== undefined) setReplicas(kept, pool.path, replicas);
    }
    return kept;
  });
};
