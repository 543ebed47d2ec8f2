/** Tablets as the Vitess operator runs them: what their pods and volumes tell. Pure. */
import { z } from "zod";
import type { PodUsage } from "./kubernetes-api.ts";
import type { ManagedTablet, TabletPodState, TabletUsage } from "./tablets-port.ts";
import { listPooled, listPools, type VitessCluster } from "./vitess-pools.ts";

/** The annotation of the VitessCluster where the driver keeps what it must not forget. */
export const NOTES = "tagenal.dev/tablets";

/** By the tablet's name. */
const notes = z.record(
  z.string(),
  z.object({
    by: z.string(),
    /** Uid of the volume (or pod) whose end it is waiting for, to begin anew. */
    emptied: z.string().optional(),
  }),
);
export type Notes = z.infer<typeof notes>;

export const readNotes = ({ metadata }: VitessCluster): Notes =>
  notes.parse(JSON.parse(metadata.annotations?.[NOTES] ?? "{}"));

const labels = z.object({
  "planetscale.com/cell": z.string(),
  "planetscale.com/keyspace": z.string(),
  "planetscale.com/shard": z.string(),
  "planetscale.com/tablet-uid": z.string(),
  "planetscale.com/tablet-index": z.coerce.number(),
});

const metadata = z
  .looseObject({
    name: z.string(),
    uid: z.string(),
    labels,
    deletionTimestamp: z.string().optional(),
  })
  .transform(({ name: object, uid, labels: found, deletionTimestamp }) => ({
    object,
    uid,
    isEnding: deletionTimestamp !== undefined,
    name: `${found["planetscale.com/cell"]}-${Number(found["planetscale.com/tablet-uid"])}`,
    alias: `${found["planetscale.com/cell"]}-${found["planetscale.com/tablet-uid"]}`,
    dataCenter: found["planetscale.com/cell"],
    keyspace: found["planetscale.com/keyspace"],
    // An open end is an x in a label.
    shard: found["planetscale.com/shard"].replace(/^x-/, "-").replace(/-x$/, "-"),
    rank: found["planetscale.com/tablet-index"],
  }));

const container = z.looseObject({
  name: z.string(),
  restartCount: z.number(),
  ready: z.boolean().default(false),
  state: z
    .looseObject({
      running: z.unknown().optional(),
      waiting: z.looseObject({ reason: z.string().optional() }).optional(),
    })
    .default({}),
  lastState: z
    .looseObject({ terminated: z.looseObject({ exitCode: z.number() }).optional() })
    .default({}),
});

const status = z.looseObject({
  phase: z.string().optional(),
  startTime: z.string().optional(),
  containerStatuses: z.array(container).default([]),
});

/** Answers to a request for a list. */
export const objects = z
  .object({ items: z.array(z.looseObject({ metadata })) })
  .transform(({ items }) => items.map((item) => item.metadata));
const spec = z.looseObject({ nodeName: z.string().optional() });
export const pods = z
  .object({
    items: z.array(z.looseObject({ metadata, spec: spec.optional(), status: status.optional() })),
  })
  .transform(({ items }) =>
    items.map((item) => ({
      ...item.metadata,
      node: item.spec?.nodeName ?? null,
      status: item.status,
    })),
  );

export type TabletObject = z.infer<typeof objects>[number];
export type TabletPod = z.infer<typeof pods>[number];

export interface Found {
  readonly cluster: VitessCluster;
  readonly pods: readonly TabletPod[];
  readonly volumes: readonly TabletObject[];
}

/** A container that ended so often will not come up by being started again. */
const MOST_RESTARTS = 5;
/** In its first minutes a pod's containers end for as long as those they need are not there. */
const PATIENCE_MS = 3 * 60_000;

const findTrouble = ({ status: found }: TabletPod, now: number): string | null => {
  if (found === undefined || now - Date.parse(found.startTime ?? "") < PATIENCE_MS) return null;
  const broken = found.containerStatuses.find(
    ({ restartCount, state }) => restartCount >= MOST_RESTARTS && state.running === undefined,
  );
  if (broken === undefined) return null;
  const code = broken.lastState.terminated?.exitCode;
  const last = code === undefined ? "no word" : `exit code ${code}`;
  return `${broken.name} ended ${broken.restartCount} times, last with ${last}`;
};

/** The first reason why a container waits tells more than the pod's phase. */
const toStatus = ({ isEnding, status: found }: TabletPod): string => {
  if (isEnding) return "Terminating";
  const waiting = found?.containerStatuses.find(({ state }) => state.waiting?.reason);
  return waiting?.state.waiting?.reason ?? found?.phase ?? "Pending";
};

const toPodOrNull = (pod: TabletPod | undefined): TabletPodState | null => {
  if (pod === undefined) return null;
  const containers = pod.status?.containerStatuses ?? [];
  return {
    name: pod.object,
    node: pod.node,
    status: toStatus(pod),
    ready: containers.filter(({ ready }) => ready).length,
    containers: containers.length,
    restarts: containers.reduce((sum, { restartCount }) => sum + restartCount, 0),
  };
};

/** Those that the resource asks for. */
export const toManaged = (
  { cluster, pods: found, volumes }: Found,
  now: number,
): ManagedTablet[] => {
  const kept = readNotes(cluster);
  return listPooled(listPools(cluster)).map(({ name, alias, cell, keyspace, shard, index }) => {
    const pod = found.find((one) => one.name === name);
    const note = kept[name];
    return {
      ...{ name, alias, keyspace, shard },
      dataCenter: cell,
      madeBy: note?.by ?? null,
      isLeaving: false,
      isFenced: null,
      isEmptying: [...found, ...volumes].some(({ uid }) => uid === note?.emptied),
      trouble: pod === undefined ? null : findTrouble(pod, now),
      rank: index,
      pod: toPodOrNull(pod),
    };
  });
};

/** Those that it does not ask for any more, of which something is left. */
export const findLeaving = ({ cluster, pods: found, volumes }: Found): ManagedTablet[] => {
  const wanted = listPooled(listPools(cluster));
  const left = new Map<string, TabletObject>();
  for (const one of [...found, ...volumes])
    if (!wanted.some(({ name }) => name === one.name)) left.set(one.name, one);
  const podOf = (name: string): TabletPod | undefined => found.find((one) => one.name === name);
  return [...left.values()].map(({ name, alias, dataCenter, keyspace, shard, rank }) => ({
    ...{ name, alias, dataCenter, keyspace, shard, rank },
    pod: toPodOrNull(podOf(name)),
    madeBy: null,
    isLeaving: true,
    isEmptying: false,
    isFenced: null,
    trouble: null,
  }));
};

/** Of those pods that are measured; of their disks nothing is known here. */
export const toTabletUsage = (
  found: readonly TabletPod[],
  used: readonly PodUsage[],
): TabletUsage[] =>
  used.flatMap(({ pod, cores, memoryBytes }) => {
    const name = found.find(({ object }) => object === pod)?.name;
    if (name === undefined) return [];
    const cpuPercent = Math.round(cores * 1_000) / 10;
    return [{ name, cpuPercent, memoryBytes, diskUsedBytes: null, diskFreeBytes: null }];
  });
