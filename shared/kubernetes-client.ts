/** The Kubernetes API through its official client; see kubernetes-api.ts. */
import { ApiException, CoreV1Api, CustomObjectsApi, KubeConfig } from "@kubernetes/client-node";
// The package has no other name for what reads 250m and 512Mi.
import { quantityToScalar } from "@kubernetes/client-node/dist/util.js";
import { z } from "zod";
import type { ClusterPlace, KubernetesApi, PodUsage } from "./kubernetes-api.ts";
import { codeOfStatus, Problem } from "./problem.ts";

const TIMEOUT_MS = 10_000;
const MOST_DETAIL = 300;
const metrics = { group: "metrics.k8s.io", version: "v1beta1", plural: "pods" };
const resource = { group: "planetscale.com", version: "v2", plural: "vitessclusters" };

/** The client leaves an error's body as it came: an object, or its text. */
const messageOf = ({ code, body }: ApiException<unknown>): string => {
  const text = typeof body === "string" ? body : JSON.stringify(body ?? "");
  return /"message":\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? String(code);
};

const toProblem = (error: unknown): Problem => {
  if (!(error instanceof ApiException))
    return new Problem("unavailable", "the Kubernetes API does not answer", { cause: error });
  const { code } = error;
  const detail = `Kubernetes: ${messageOf(error).slice(0, MOST_DETAIL)}`;
  return new Problem(code >= 500 || code === 429 ? "unavailable" : codeOfStatus(code), detail);
};

const inTime = async <T>(answer: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
};

const ask = async <T>(answer: Promise<T>): Promise<T> => {
  try {
    return await inTime(answer);
  } catch (error) {
    throw toProblem(error);
  }
};

/** 422 is also the answer to a patch's test that fails. */
const askPatch = async (answer: Promise<unknown>): Promise<void> => {
  try {
    await inTime(answer);
  } catch (error) {
    const problem = toProblem(error);
    const isStale = error instanceof ApiException && [409, 422].includes(error.code);
    throw isStale ? new Problem("unavailable", problem.message) : problem;
  }
};

const askDelete = async (answer: Promise<unknown>): Promise<void> => {
  try {
    await inTime(answer);
  } catch (error) {
    if (!(error instanceof ApiException && error.code === 404)) throw toProblem(error);
  }
};

const quantity = z.string().transform((text) => Number(quantityToScalar(text)));
const podMetrics = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      containers: z.array(z.object({ usage: z.object({ cpu: quantity, memory: quantity }) })),
    }),
  ),
});

const toUsage = (answer: unknown): readonly PodUsage[] =>
  podMetrics.parse(answer).items.map(({ metadata, containers }) => ({
    pod: metadata.name,
    cores: containers.reduce((sum, { usage }) => sum + usage.cpu, 0),
    memoryBytes: containers.reduce((sum, { usage }) => sum + usage.memory, 0),
  }));

/** Measuring is an addition to Kubernetes that a cluster may be without. */
const askUsage = async (answer: Promise<unknown>): Promise<readonly PodUsage[]> => {
  try {
    return toUsage(await inTime(answer));
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return [];
    throw toProblem(error);
  }
};

/** As it was on the wire: the client makes dates of what looks like one. */
const toPlain = (answer: unknown): unknown => JSON.parse(JSON.stringify(answer));

export const connect = (config: KubeConfig, { namespace, name }: ClusterPlace): KubernetesApi => {
  const core = config.makeApiClient(CoreV1Api);
  const custom = config.makeApiClient(CustomObjectsApi);
  const labelSelector = `planetscale.com/component=vttablet,planetscale.com/cluster=${name}`;
  return {
    readCluster: () => ask(custom.getNamespacedCustomObject({ ...resource, namespace, name })),
    // The client sends a patch that is a list as a JSON patch.
    patchCluster: (operations) =>
      askPatch(
        custom.patchNamespacedCustomObject({ ...resource, namespace, name, body: operations }),
      ),
    listPods: async () => toPlain(await ask(core.listNamespacedPod({ namespace, labelSelector }))),
    listVolumes: async () =>
      toPlain(await ask(core.listNamespacedPersistentVolumeClaim({ namespace, labelSelector }))),
    listUsage: () =>
      askUsage(custom.listNamespacedCustomObject({ ...metrics, namespace, labelSelector })),
    deletePod: (pod) => askDelete(core.deleteNamespacedPod({ namespace, name: pod })),
    deleteVolume: (volume) =>
      askDelete(core.deleteNamespacedPersistentVolumeClaim({ namespace, name: volume })),
  };
};

/** The client reads the account's token anew as it is renewed. */
export const connectInCluster = (place: ClusterPlace): KubernetesApi => {
  const config = new KubeConfig();
  config.loadFromCluster();
  return connect(config, place);
};
