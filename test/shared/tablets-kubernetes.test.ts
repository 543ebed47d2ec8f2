/** The tablets port on Kubernetes, over an API that holds one VitessCluster, its pods and volumes. */
import { describe, expect, it } from "vitest";
import type { JsonPatch, KubernetesApi, PodUsage } from "#shared/kubernetes-api.ts";
import { createTabletsKubernetes } from "#shared/tablets-kubernetes.ts";
import { listPooled, listPools, type PooledTablet, vitessCluster } from "#shared/vitess-pools.ts";

interface Resource {
  metadata: { name: string; resourceVersion: string; annotations?: Record<string, string> };
  spec: { keyspaces: { name: string; partitionings: object[] }[] };
}

const toResource = (beijing: number): Resource => ({
  metadata: { name: "c", resourceVersion: "1" },
  spec: {
    keyspaces: [
      {
        name: "k",
        partitionings: [
          {
            custom: {
              shards: [
                {
                  keyRange: { end: "80" },
                  tabletPools: [
                    { cell: "beijing", type: "replica", replicas: beijing },
                    { cell: "hongkong", type: "replica", replicas: 1 },
                  ],
                },
              ],
            },
          },
        ],
      },
    ],
  },
});

const NOW = Date.parse("2026-11-23T09:00:00Z");

const toMetadata = (tablet: PooledTablet, uid: string) => ({
  name: `c-vttablet-${tablet.alias}-abc`,
  uid,
  labels: {
    "planetscale.com/cell": tablet.cell,
    "planetscale.com/keyspace": tablet.keyspace,
    "planetscale.com/shard": "x-80",
    "planetscale.com/tablet-uid": tablet.alias.split("-")[1],
    "planetscale.com/tablet-index": String(tablet.index),
  },
});

/** The operator is played by `settle`: pods and volumes become those that are asked for. */
const startApi = (beijing = 2) => {
  const resource = toResource(beijing);
  const removed: string[] = [];
  let generation = 0;
  const tablets = () => listPooled(listPools(vitessCluster.parse(resource)));
  let pods: { metadata: ReturnType<typeof toMetadata>; spec?: object; status?: object }[] = [];
  const usage: PodUsage[] = [];
  let volumes: typeof pods = [];
  const settle = (): void => {
    generation += 1;
    const keep = (found: typeof pods, kind: string) =>
      tablets().map((tablet) => {
        const metadata = toMetadata(tablet, `${kind}-${tablet.name}-${generation}`);
        return found.find((one) => one.metadata.name === metadata.name) ?? { metadata };
      });
    pods = keep(pods, "pod");
    volumes = keep(volumes, "volume");
  };
  settle();
  const apply = ({ op, path, value }: JsonPatch): void => {
    const keys = path
      .split("/")
      .slice(1)
      .map((key) => key.replaceAll("~1", "/"));
    const last = keys.pop() ?? "";
    const parent = keys.reduce<unknown>(
      (found, key) => (found as Record<string, unknown>)[key],
      resource,
    ) as Record<string, unknown>;
    if (op === "test") expect(parent[last]).toEqual(value);
    else parent[last] = value;
  };
  const api: KubernetesApi = {
    readCluster: async () => structuredClone(resource),
    listPods: async () => structuredClone({ items: pods }),
    listVolumes: async () => structuredClone({ items: volumes }),
    listUsage: async () => usage,
    patchCluster: async (operations) => {
      for (const operation of operations) apply(operation);
      resource.metadata.resourceVersion += "1";
    },
    deletePod: async (name) => {
      removed.push(`pods/${name}`);
    },
    deleteVolume: async (name) => {
      removed.push(`persistentvolumeclaims/${name}`);
    },
  };
  const driver = createTabletsKubernetes("ns/c", api, () => NOW);
  const end = (name: string): void => {
    pods = pods.filter(({ metadata }) => metadata.name !== name);
    volumes = volumes.filter(({ metadata }) => metadata.name !== name);
  };
  return { driver, resource, removed, usage, settle, end, pods: () => pods };
};

const wanted = { by: "op-1", dataCenter: "beijing", keyspace: "k", shard: "-80", donor: "any" };
const inBeijing = async ({ driver }: ReturnType<typeof startApi>) =>
  (await driver.list()).filter(({ dataCenter }) => dataCenter === "beijing");

describe("tablets on Kubernetes", () => {
  it("are listed with shard, data center and their place in the order of leaving", async () => {
    const found = await startApi().driver.list();
    expect(
      found.map(({ keyspace, shard, dataCenter, rank }) => [keyspace, shard, dataCenter, rank]),
    ).toEqual([
      ["k", "-80", "beijing", 1],
      ["k", "-80", "beijing", 2],
      ["k", "-80", "hongkong", 1],
    ]);
    expect(found.every(({ madeBy, isLeaving, trouble }) => !madeBy && !isLeaving && !trouble)).toBe(
      true,
    );
  });

  it("join once for each who asks, however often", async () => {
    const cluster = startApi();
    await cluster.driver.add(wanted);
    await cluster.driver.add(wanted);
    const made = (await inBeijing(cluster)).filter(({ madeBy }) => madeBy === "op-1");
    expect(made).toMatchObject([{ rank: 3, isLeaving: false }]);
    await cluster.driver.add({ ...wanted, by: "op-2" });
    expect(await inBeijing(cluster)).toHaveLength(4);
  });

  it("do not join where there is no pool, nor from a backup that was picked", async () => {
    const { driver } = startApi();
    const elsewhere = driver.add({ ...wanted, dataCenter: "shanghai" });
    await expect(elsewhere).rejects.toMatchObject({ code: "conflict" });
    await expect(driver.add({ ...wanted, backup: "old" })).rejects.toMatchObject({
      code: "conflict",
    });
  });

  it("leave, the last first, and are seen leaving until pod and volume are gone", async () => {
    const cluster = startApi(3);
    const [first, , last] = await inBeijing(cluster);
    await expect(cluster.driver.remove(first?.name ?? "")).rejects.toThrow(
      `${first?.name} leaves only after ${last?.name}`,
    );
    await cluster.driver.remove(last?.name ?? "");
    await cluster.driver.remove(last?.name ?? "");
    expect((await inBeijing(cluster)).map(({ isLeaving }) => isLeaving)).toEqual([
      false,
      false,
      true,
    ]);
    // Its name would be taken again before it is free.
    await expect(cluster.driver.add(wanted)).rejects.toMatchObject({ code: "unavailable" });
    cluster.settle();
    expect(await inBeijing(cluster)).toHaveLength(2);
    await cluster.driver.add(wanted);
    expect((await inBeijing(cluster)).at(-1)).toMatchObject({ name: last?.name, madeBy: "op-1" });
  });

  it("are forgotten with who made them", async () => {
    const cluster = startApi();
    await cluster.driver.add(wanted);
    cluster.settle();
    const made = (await inBeijing(cluster)).at(-1)?.name ?? "";
    await cluster.driver.remove(made);
    cluster.settle();
    await cluster.driver.add({ ...wanted, by: "op-2" });
    expect((await inBeijing(cluster)).at(-1)).toMatchObject({ name: made, madeBy: "op-2" });
  });

  it("begin anew by the end of their volume and pod, once for each who asks", async () => {
    const cluster = startApi();
    const [first] = await inBeijing(cluster);
    const name = first?.name ?? "";
    await cluster.driver.rebuild(name, { by: "op-9", donor: "any" });
    await cluster.driver.rebuild(name, { by: "op-9", donor: "any" });
    expect(cluster.removed).toEqual([
      expect.stringMatching(/^persistentvolumeclaims\/c-vttablet-beijing-/),
      expect.stringMatching(/^pods\/c-vttablet-beijing-/),
    ]);
    expect((await inBeijing(cluster))[0]).toMatchObject({ madeBy: "op-9", isEmptying: true });
    cluster.end(cluster.removed[0]?.split("/").at(-1) ?? "");
    cluster.settle();
    expect((await inBeijing(cluster))[0]).toMatchObject({ madeBy: "op-9", isEmptying: false });
  });

  it.each([
    { name: "new", startTime: "2026-11-23T08:59:00Z", restartCount: 9, trouble: null },
    { name: "old", startTime: "2026-11-23T08:00:00Z", restartCount: 4, trouble: null },
    {
      name: "broken",
      startTime: "2026-11-23T08:00:00Z",
      restartCount: 5,
      trouble: "mysqld ended 5 times, last with exit code 1",
    },
  ])(
    "are in trouble once they do not come up: $name",
    async ({ startTime, restartCount, trouble }) => {
      const cluster = startApi();
      const [pod] = cluster.pods();
      const lastState = { terminated: { exitCode: 1 } };
      const state = { waiting: { reason: "CrashLoopBackOff" } };
      const containerStatuses = [{ name: "mysqld", restartCount, state, lastState }];
      if (pod) pod.status = { startTime, containerStatuses };
      expect((await cluster.driver.list())[0]?.trouble).toBe(trouble);
    },
  );

  const waiting = { waiting: { reason: "CrashLoopBackOff" } };
  it.each([
    { name: "before it has a node", pod: {}, state: { node: null, status: "Pending", ready: 0 } },
    {
      name: "when all is well",
      pod: { spec: { nodeName: "n1" }, phase: "Running", ready: true, restarts: [2, 1] },
      state: { node: "n1", status: "Running", ready: 2, containers: 2, restarts: 3 },
    },
    {
      name: "when a container does not come up",
      pod: { spec: { nodeName: "n1" }, phase: "Running", restarts: [9], state: waiting },
      state: { node: "n1", status: "CrashLoopBackOff", ready: 0, containers: 1, restarts: 9 },
    },
    {
      name: "when it ends",
      pod: { spec: { nodeName: "n1" }, phase: "Running", ready: true, restarts: [0], ending: true },
      state: { status: "Terminating" },
    },
  ])("show their pod: $name", async ({ pod: { spec, ...given }, state: shown }) => {
    const cluster = startApi();
    const [pod] = cluster.pods();
    if (pod === undefined) throw new Error("there is no pod");
    const {
      phase,
      ready = false,
      restarts = [],
      state = { running: {} },
      ending,
    } = {
      ...{ phase: undefined, ending: false },
      ...given,
    };
    if (spec !== undefined) pod.spec = spec;
    if (ending) Object.assign(pod.metadata, { deletionTimestamp: "2026-11-23T08:59:59Z" });
    const containerStatuses = restarts.map((restartCount, index) => ({
      ...{ name: `c${index}`, restartCount, ready, state },
    }));
    pod.status = { ...(phase === undefined ? {} : { phase }), containerStatuses };
    const [first, second] = await cluster.driver.list();
    expect(first?.pod).toMatchObject({ name: pod.metadata.name, ...shown });
    cluster.end(pod.metadata.name);
    expect((await cluster.driver.list())[0]?.pod).toBeNull();
    expect(second?.pod).toMatchObject({ status: "Pending" });
  });

  it("take what their pods take, where that is measured", async () => {
    const cluster = startApi();
    expect(await cluster.driver.usage()).toEqual([]);
    const name = cluster.pods()[1]?.metadata.name ?? "";
    cluster.usage.push(
      { pod: name, cores: 0.1234, memoryBytes: 5_000_000 },
      { pod: "somebody-else's", cores: 9, memoryBytes: 9 },
    );
    const [, second] = await cluster.driver.list();
    expect(await cluster.driver.usage()).toEqual([
      {
        ...{ name: second?.name, cpuPercent: 12.3, memoryBytes: 5_000_000 },
        ...{ diskUsedBytes: null, diskFreeBytes: null },
      },
    ]);
  });
});
