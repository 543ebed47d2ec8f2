/**
 * What the tablets port asks of the Kubernetes API, under the pod's own account: one VitessCluster,
 * its tablets' pods and their volumes. The client is loaded at the first question: it costs a
 * function half a second and 90 MB.
 */
import { existsSync } from "node:fs";
import { Problem } from "./problem.ts";

/** RFC 6902. */
export interface JsonPatch {
  readonly op: "add" | "replace" | "test";
  readonly path: string;
  readonly value: unknown;
}

export interface ClusterPlace {
  readonly namespace: string;
  /** Of the VitessCluster. */
  readonly name: string;
}

/** What a pod takes, all its containers together. */
export interface PodUsage {
  readonly pod: string;
  /** Of processor, lately. */
  readonly cores: number;
  readonly memoryBytes: number;
}

export interface KubernetesApi {
  readCluster(): Promise<unknown>;
  /** Throws `unavailable` where the object is not any more as the patch says: look again. */
  patchCluster(operations: readonly JsonPatch[]): Promise<void>;
  listPods(): Promise<unknown>;
  listVolumes(): Promise<unknown>;
  /** Empty where nothing measures pods (no metrics-server). */
  listUsage(): Promise<readonly PodUsage[]>;
  /** What is not there is as good as deleted. */
  deletePod(name: string): Promise<void>;
  deleteVolume(name: string): Promise<void>;
}

/** Where each pod that has an account finds it. */
const TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

export const createKubernetesApi = (place: ClusterPlace): KubernetesApi => {
  let loading: Promise<KubernetesApi> | undefined;
  const load = async (): Promise<KubernetesApi> => {
    if (!existsSync(TOKEN))
      throw new Problem("unavailable", "this pod has no account to ask the Kubernetes API");
    loading ??= import("./kubernetes-client.ts").then(({ connectInCluster }) =>
      connectInCluster(place),
    );
    return loading;
  };
  return {
    readCluster: async () => (await load()).readCluster(),
    patchCluster: async (operations) => (await load()).patchCluster(operations),
    listPods: async () => (await load()).listPods(),
    listVolumes: async () => (await load()).listVolumes(),
    listUsage: async () => (await load()).listUsage(),
    deletePod: async (name) => (await load()).deletePod(name),
    deleteVolume: async (name) => (await load()).deleteVolume(name),
  };
};
