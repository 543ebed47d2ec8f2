/**
 * The tablets that a VitessCluster resource asks the Vitess operator for: pure. The operator counts
 * the tablets of a pool from 1 on, takes their names from that, and when a pool gets smaller it is
 * always the last one that goes.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { toAlias } from "./tablet-alias.ts";

/** Others are never primaries. */
const TYPE = "replica";

const pool = z.looseObject({ cell: z.string(), type: z.string(), replicas: z.int().min(0) });
const shard = z.looseObject({ tabletPools: z.array(pool).default([]) });
const bound = z.string().default("");
const keyRange = z
  .object({ start: bound, end: bound })
  .default({ start: "", end: "" })
  .transform(({ start, end }) => `${start}-${end}`);

export const vitessCluster = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    resourceVersion: z.string().optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.looseObject({
    keyspaces: z.array(
      z.looseObject({
        name: z.string(),
        partitionings: z.array(
          z.looseObject({
            custom: z.looseObject({ shards: z.array(shard.extend({ keyRange })) }).optional(),
            // With more parts the shards would share their pools, and none could grow alone.
            equal: z.looseObject({ parts: z.literal(1), shardTemplate: shard }).optional(),
          }),
        ),
      }),
    ),
  }),
});
export type VitessCluster = z.infer<typeof vitessCluster>;

export interface Pool {
  readonly keyspace: string;
  readonly shard: string;
  readonly cell: string;
  readonly replicas: number;
  /** Where it stands in the resource, as a JSON pointer. */
  readonly path: string;
}

/** Those of tablets that may become primaries. */
export const listPools = ({ spec }: VitessCluster): Pool[] => {
  const inShard = (
    keyspace: string,
    name: string,
    path: string,
    pools: readonly z.infer<typeof pool>[],
  ): Pool[] =>
    pools.flatMap(({ type, cell, replicas }, index) =>
      type === TYPE
        ? [{ keyspace, shard: name, cell, replicas, path: `${path}/tabletPools/${index}` }]
        : [],
    );
  return spec.keyspaces.flatMap(({ name, partitionings }, number) =>
    partitionings.flatMap(({ custom, equal }, part) => {
      const path = `/spec/keyspaces/${number}/partitionings/${part}`;
      const shards = custom?.shards.flatMap((one, index) =>
        inShard(name, one.keyRange, `${path}/custom/shards/${index}`, one.tabletPools),
      );
      const whole =
        equal && inShard(name, "-", `${path}/equal/shardTemplate`, equal.shardTemplate.tabletPools);
      return [...(shards ?? []), ...(whole ?? [])];
    }),
  );
};

export interface PooledTablet extends Pool {
  /** From 1 on. */
  readonly index: number;
  /** For example beijing-3376898362. */
  readonly name: string;
  readonly alias: string;
}

/** As the operator makes it (pkg/operator/vttablet/uid.go), which promises never to change it. */
const toUid = ({ cell, keyspace, shard: range }: Pool, index: number): number =>
  createHash("md5")
    .update(`${cell} ${keyspace} ${range} ${TYPE} ${index}\n`)
    .digest()
    .readUInt32BE(0);

export const toTablet = (own: Pool, index: number): PooledTablet => {
  const uid = toUid(own, index);
  return { ...own, index, name: `${own.cell}-${uid}`, alias: toAlias(own.cell, uid) };
};

export const listPooled = (pools: readonly Pool[]): PooledTablet[] =>
  pools.flatMap((own) =>
    Array.from({ length: own.replicas }, (_, index) => toTablet(own, index + 1)),
  );
