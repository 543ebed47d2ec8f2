/** The Kubernetes API through its client, answered over HTTP as an API server does. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKubernetesApi, type KubernetesApi } from "#shared/kubernetes-api.ts";
import { connect } from "#shared/kubernetes-client.ts";

const CLUSTER = "/apis/planetscale.com/v2/namespaces/ns/vitessclusters/c";
const PODS = "/api/v1/namespaces/ns/pods";
const VOLUMES = "/api/v1/namespaces/ns/persistentvolumeclaims";
const LABELS =
  "?labelSelector=planetscale.com%2Fcomponent%3Dvttablet%2Cplanetscale.com%2Fcluster%3Dc";

const METRICS = "/apis/metrics.k8s.io/v1beta1/namespaces/ns/pods";

const answers: Record<string, object> = {
  [`GET ${METRICS}${LABELS}`]: {
    kind: "PodMetricsList",
    items: [
      {
        metadata: { name: "p" },
        containers: [
          { name: "mysqld", usage: { cpu: "250000000n", memory: "512Mi" } },
          { name: "vttablet", usage: { cpu: "50m", memory: "1048576" } },
        ],
      },
    ],
  },
  [`GET ${CLUSTER}`]: { kind: "VitessCluster", spec: { cells: [] } },
  [`GET ${PODS}${LABELS}`]: {
    kind: "PodList",
    items: [
      {
        metadata: { name: "p", uid: "1", labels: { cell: "beijing" } },
        status: { startTime: "2026-11-23T09:00:00Z" },
      },
    ],
  },
  [`GET ${VOLUMES}${LABELS}`]: { items: [{ metadata: { name: "v", uid: "2" } }] },
};
const seen: { asked: string; account: string; type: string; body: string }[] = [];
let refusal = 0;
const server = createServer(async (request, response) => {
  const { method = "", url = "", headers } = request;
  const asked = `${method} ${url}`;
  const { authorization: account = "", "content-type": type = "" } = headers;
  seen.push({ asked, account, type, body: await text(request) });
  response.writeHead(refusal || 200, { "content-type": "application/json" });
  response.end(JSON.stringify(refusal ? { message: "no such luck" } : (answers[asked] ?? {})));
});

let api: KubernetesApi;

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: "test", server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: "test", token: "secret" },
  );
  api = connect(config, { namespace: "ns", name: "c" });
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const refused = async (status: number, ask: () => Promise<unknown>): Promise<unknown> => {
  refusal = status;
  return ask().finally(() => {
    refusal = 0;
  });
};

describe("the Kubernetes API", () => {
  it("shows the cluster, its pods and its volumes as they came", async () => {
    expect(await api.readCluster()).toEqual(answers[`GET ${CLUSTER}`]);
    const pods = (await api.listPods()) as { items: { status: object; metadata: object }[] };
    expect(new Date(Object(pods.items[0]?.status).startTime)).toEqual(
      new Date("2026-11-23T09:00:00Z"),
    );
    expect(pods.items[0]?.metadata).toMatchObject({ name: "p", labels: { cell: "beijing" } });
    expect(await api.listVolumes()).toMatchObject({ items: [{ metadata: { name: "v" } }] });
    expect(new Set(seen.map(({ account }) => account))).toEqual(new Set(["Bearer secret"]));
  });

  it("knows what pods take, all their containers together, and nothing where nobody measures", async () => {
    expect(await api.listUsage()).toEqual([
      { pod: "p", cores: 0.3, memoryBytes: 513 * 1_024 * 1_024 },
    ]);
    expect(await refused(404, () => api.listUsage())).toEqual([]);
    await expect(refused(403, () => api.listUsage())).rejects.toMatchObject({ code: "forbidden" });
  });

  it("takes a patch for a list of operations", async () => {
    const operations = [{ op: "replace", path: "/spec/replicas", value: 3 }] as const;
    await api.patchCluster(operations);
    expect(seen.at(-1)).toMatchObject({
      asked: `PATCH ${CLUSTER}`,
      type: "application/json-patch+json",
      body: JSON.stringify(operations),
    });
  });

  it.each([
    {
      name: "a patch of what has changed",
      status: 422,
      ask: () => api.patchCluster([]),
      code: "unavailable",
    },
    {
      name: "a patch beside another",
      status: 409,
      ask: () => api.patchCluster([]),
      code: "unavailable",
    },
    { name: "what it may not", status: 403, ask: () => api.deletePod("p"), code: "forbidden" },
    {
      name: "a server in trouble",
      status: 503,
      ask: () => api.readCluster(),
      code: "unavailable",
    },
  ])("says what is to be done about $name", async ({ status, ask, code }) => {
    await expect(refused(status, ask)).rejects.toMatchObject({
      code,
      message: expect.stringContaining("no such luck"),
    });
  });

  it("takes what is gone for deleted", async () => {
    await expect(refused(404, () => api.deleteVolume("v"))).resolves.toBeUndefined();
  });

  it("is not there for a pod without an account", async () => {
    const none = createKubernetesApi({ namespace: "ns", name: "c" });
    await expect(none.readCluster()).rejects.toMatchObject({ code: "unavailable" });
  });
});
