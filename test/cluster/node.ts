/**
 * Finds the Kubernetes cluster with Knative to test on: the one of KUBECONFIG, or else a node of
 * its own that KUBE_NODE brings up (a command with up, knative, load, kubectl, kubeconfig and down),
 * which is taken down afterwards unless it was up before.
 *
 *   TAGENAL_HOST    an address of this machine that pods reach; otherwise that of the route there
 *   IMAGES_LOAD     the command that brings an archive of images to the nodes of KUBECONFIG, such as
 *                   "kind load image-archive"
 *   OVERLAY         of infra/kubernetes/overlays, for the database on KUBECONFIG; otherwise laptop
 *   NETWORK_POLICIES=enforced   says that the cluster's network keeps to NetworkPolicies
 *   POLICY_AGENT    a command that sees to it, if the network does not, for as long as it runs
 */
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createKubectl } from "#infra/kubernetes/kubectl.ts";
import { exists } from "#infra/parts/cache.ts";
import { run, tryRun } from "#infra/parts/run.ts";
import type { KubernetesUnderTest } from "./kubernetes.ts";

export interface FoundKubernetes {
  readonly kubernetes: KubernetesUnderTest;
  stop(): Promise<void>;
}

const usualNode = join(import.meta.dirname, "../../../shared/kube-node/kube-node");

const findNode = async (): Promise<string | undefined> => {
  const told = process.env["KUBE_NODE"];
  if (told) return resolve(told);
  return (await exists(usualNode)) ? usualNode : undefined;
};

/** Of this machine's addresses the one that leads to the cluster. */
const findHost = async (): Promise<string> => {
  const told = process.env["TAGENAL_HOST"];
  if (told) return told;
  const args = ["config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}"];
  const { hostname, port } = new URL(await createKubectl()(args));
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port || 443), timeout: 5_000 });
    socket.once("error", reject).once("timeout", () => {
      socket.destroy(new Error(`${hostname}:${port} does not answer`));
    });
    socket.once("connect", () => {
      const { localAddress = "" } = socket;
      socket.destroy();
      resolve(localAddress);
    });
  });
};

const bringUp = async (node: string): Promise<() => Promise<void>> => {
  const ping = ["kubectl", "get", "--raw=/readyz", "--request-timeout=3s"];
  if ((await tryRun(node, ping)) !== undefined) return async () => undefined;
  await run(node, ["up"]);
  const down = async (): Promise<void> => {
    await run(node, ["down"]);
  };
  try {
    await run(node, ["knative"]);
    return down;
  } catch (error) {
    await down();
    throw error;
  }
};

/** The node's own kubectl, as a program by itself. */
const writeKubectl = async (node: string, folder: string): Promise<string> => {
  const program = join(folder, "kubectl");
  await writeFile(program, `#!/bin/sh\nexec '${node}' kubectl "$@"\n`);
  await chmod(program, 0o755);
  return program;
};

/** The folders of overlays/test-node/volumes.yaml, empty. */
const makeVolumes = async (node: string): Promise<void> => {
  const folder = "/var/lib/tagenal-volumes";
  const made = (await run(node, ["kubectl", "get", "pv", "-o", "name"])).trim();
  if (made !== "") return;
  const make = `rm -rf ${folder}; for i in $(seq 0 23); do mkdir -p ${folder}/$i; done`;
  await run(node, ["ns", "sh", "-c", `${make}; chmod 777 ${folder}/*`]);
};

const useNode = async (node: string): Promise<FoundKubernetes> => {
  const down = await bringUp(node);
  const folder = await mkdtemp(join(tmpdir(), "tagenal-kubectl-"));
  const stop = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
    await down();
  };
  try {
    process.env["KUBECTL"] = await writeKubectl(node, folder);
    process.env["KUBECONFIG"] = (await run(node, ["kubeconfig"])).trim();
    await makeVolumes(node);
    return { kubernetes: await describe(`'${node}' load`, "test-node"), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const describe = async (imagesLoad: string, overlay: string): Promise<KubernetesUnderTest> => ({
  kubectl: process.env["KUBECTL"] || "kubectl",
  kubeconfig: process.env["KUBECONFIG"] ?? "",
  host: await findHost(),
  imagesLoad,
  overlay,
  enforcesPolicies: process.env["NETWORK_POLICIES"] === "enforced",
  policyAgent: process.env["POLICY_AGENT"] ?? "",
});

export const findKubernetes = async (): Promise<FoundKubernetes> => {
  if (process.env["KUBECONFIG"]) {
    const kubernetes = await describe(
      process.env["IMAGES_LOAD"] ?? "",
      process.env["OVERLAY"] || "laptop",
    );
    return { kubernetes, stop: async () => undefined };
  }
  const node = await findNode();
  if (node === undefined)
    throw new Error("test:cluster needs a cluster with Knative: set KUBECONFIG, or KUBE_NODE");
  return useNode(node);
};
