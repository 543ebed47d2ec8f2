/**
 * The tablets port on Kubernetes: pools of the VitessCluster resource grow and shrink, and the
 * Vitess operator makes and removes the pods. Who asked for a tablet is kept in an annotation of
 * the resource, changed together with the pool, so that asking twice makes one tablet.
 *
 * A new tablet begins with its shard's newest backup, or with nothing where there is none, and
 * follows its primary from there: what to copy from is not to be chosen here. Of a pool's tablets
 * only the last can leave.
 */
import {
  type ClusterPlace,
  createKubernetesApi,
  type JsonPatch,
  type KubernetesApi,
} from "./kubernetes-api.ts";
import {
  type Found,
  findLeaving,
  NOTES,
  type Notes,
  objects,
  pods,
  readNotes,
  toManaged,
  toTabletUsage,
} from "./kubernetes-tablets.ts";
import { Problem } from "./problem.ts";
import type { ManagedTablet, TabletsDriver, WantedTablet } from "./tablets-port.ts";
import {
  listPooled,
  listPools,
  type Pool,
  type PooledTablet,
  toTablet,
  type VitessCluster,
  vitessCluster,
} from "./vitess-pools.ts";

const toPointer = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1");

/** Sizes a pool and keeps the notes, if nobody has changed the resource meanwhile. */
const toPatch = (
  { metadata }: VitessCluster,
  notes: Notes,
  pool?: { readonly path: string; readonly replicas: number },
): JsonPatch[] => {
  const text = JSON.stringify(notes);
  return [
    { op: "test", path: "/metadata/resourceVersion", value: metadata.resourceVersion },
    ...(pool === undefined
      ? []
      : [{ op: "replace", path: `${pool.path}/replicas`, value: pool.replicas } as const]),
    metadata.annotations === undefined
      ? { op: "add", path: "/metadata/annotations", value: { [NOTES]: text } }
      : { op: "add", path: `/metadata/annotations/${toPointer(NOTES)}`, value: text },
  ];
};

const findPool = (pools: readonly Pool[], { keyspace, shard, dataCenter }: WantedTablet): Pool => {
  const pool = pools.find(
    (one) => one.keyspace === keyspace && one.shard === shard && one.cell === dataCenter,
  );
  if (pool !== undefined) return pool;
  const detail = `the VitessCluster has no pool of tablets for ${keyspace}/${shard} in ${dataCenter}`;
  throw new Problem("conflict", detail);
};

/** Undefined where the asker has its tablet already. Pure. */
export const planAdd = (
  { cluster, pods: found, volumes }: Found,
  wanted: WantedTablet,
): JsonPatch[] | undefined => {
  const notes = readNotes(cluster);
  if (Object.values(notes).some(({ by }) => by === wanted.by)) return undefined;
  if (wanted.backup !== undefined)
    throw new Problem(
      "conflict",
      "here a tablet that joins begins with the newest backup: no other can be asked for",
    );
  const pool = findPool(listPools(cluster), wanted);
  const { name, index } = toTablet(pool, pool.replicas + 1);
  if ([...found, ...volumes].some((one) => one.name === name))
    throw new Problem("unavailable", `${name} has not left yet`);
  const made = { ...notes, [name]: { by: wanted.by } };
  return toPatch(cluster, made, { path: pool.path, replicas: index });
};

const findTablet = (cluster: VitessCluster, name: string): PooledTablet | undefined =>
  listPooled(listPools(cluster)).find((one) => one.name === name);

/** Undefined where it is leaving already, or not there. Pure. */
export const planRemove = ({ cluster }: Found, name: string): JsonPatch[] | undefined => {
  const tablet = findTablet(cluster, name);
  if (tablet === undefined) return undefined;
  const { index, replicas, path } = tablet;
  if (index < replicas) {
    const last = toTablet(tablet, replicas).name;
    throw new Problem("conflict", `${name} leaves only after ${last}: the operator numbers them`);
  }
  const { [name]: _, ...notes } = readNotes(cluster);
  return toPatch(cluster, notes, { path, replicas: index - 1 });
};

const toPlace = (address: string): ClusterPlace => {
  const [namespace, name, ...rest] = address.split("/");
  if (!namespace || !name || rest.length > 0)
    throw new Error(`TABLETS_URL: not kubernetes:NAMESPACE/VITESSCLUSTER but ${address}`);
  return { namespace, name };
};

/** `address`: namespace and name of the VitessCluster, such as tagenal-vitess/tagenal. */
export const createTabletsKubernetes = (
  address: string,
  api: KubernetesApi = createKubernetesApi(toPlace(address)),
  now: () => number = Date.now,
): TabletsDriver => {
  const look = async (): Promise<Found> => {
    const [cluster, foundPods, volumes] = await Promise.all([
      api.readCluster(),
      api.listPods(),
      api.listVolumes(),
    ]);
    return {
      cluster: vitessCluster.parse(cluster),
      pods: pods.parse(foundPods),
      volumes: objects.parse(volumes),
    };
  };
  const patch = async (operations: readonly JsonPatch[] | undefined): Promise<void> => {
    if (operations !== undefined) await api.patchCluster(operations);
  };
  return {
    list: async (): Promise<ManagedTablet[]> => {
      const found = await look();
      return [...toManaged(found, now()), ...findLeaving(found)];
    },
    usage: async () => {
      const [foundPods, used] = await Promise.all([api.listPods(), api.listUsage()]);
      return toTabletUsage(pods.parse(foundPods), used);
    },
    add: async (wanted) => patch(planAdd(await look(), wanted)),
    remove: async (name) => patch(planRemove(await look(), name)),
    fence: (name) =>
      Promise.reject(
        new Problem(
          "conflict",
          `${name} is started anew by the operator: it cannot be fenced here`,
        ),
      ),
    rebuild: async (name, { by }) => {
      const found = await look();
      const notes = readNotes(found.cluster);
      if (findTablet(found.cluster, name) === undefined)
        throw new Problem("conflict", `there is no tablet ${name}`);
      if (notes[name]?.by === by) return;
      const pod = found.pods.find((one) => one.name === name);
      const volume = found.volumes.find((one) => one.name === name);
      // Only then the note: whoever dies in between begins again, instead of waiting for ever.
      if (volume !== undefined) await api.deleteVolume(volume.object);
      if (pod !== undefined) await api.deletePod(pod.object);
      const emptied = volume?.uid ?? pod?.uid;
      const note = emptied === undefined ? { by } : { by, emptied };
      await patch(toPatch(found.cluster, { ...notes, [name]: note }));
    },
  };
};
