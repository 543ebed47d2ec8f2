/**
 * All functions on the Kubernetes cluster, with a local cluster of their own as database: built,
 * brought to the nodes and deployed by the project's own commands, and taken off again.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { connectLocal } from "#infra/kubernetes/connect-local.ts";
import type { Kubectl } from "#infra/kubernetes/kubectl.ts";
import { run } from "#infra/parts/run.ts";
import { type StartedCluster, startTestCluster } from "../integration/cluster.ts";
import { startClusterEntry } from "./entry.ts";
import { environmentOf, type KubernetesUnderTest, useKubectl } from "./kubernetes.ts";

export interface Deployment {
  readonly kubectl: Kubectl;
  /** The local cluster: same database, and its own functions to compare with. */
  readonly local: StartedCluster;
  /** The functions on the cluster, all at one address. */
  readonly url: string;
  /** Where events of the namespace are posted. */
  readonly sink: string;
  stop(): Promise<void>;
}

const root = join(import.meta.dirname, "../..");
const tag = "test";

const runOurs = (kubernetes: KubernetesUnderTest, script: string, args: readonly string[]) =>
  run(process.execPath, [join(root, script), ...args], { env: environmentOf(kubernetes) });

const bringImages = async (kubernetes: KubernetesUnderTest): Promise<void> => {
  const { imagesLoad } = kubernetes;
  if (imagesLoad === "") throw new Error("IMAGES_LOAD: how do images get to the cluster's nodes?");
  const folder = await mkdtemp(join(tmpdir(), "tagenal-images-"));
  try {
    const file = join(folder, "images.tar");
    await runOurs(kubernetes, "infra/images/main.ts", ["--tag", tag, "--out", file]);
    await run("sh", ["-c", `${imagesLoad} "$0"`, file]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const serviceAddress = async (kubectl: Kubectl, namespace: string, name: string) => {
  const args = ["get", "service", name, "-n", namespace, "-o", "jsonpath={.spec.clusterIP}"];
  return `http://${await kubectl(args)}`;
};

const services = z.object({
  items: z.array(
    z.object({ metadata: z.object({ name: z.string() }), status: z.object({ url: z.string() }) }),
  ),
});

const readHosts = async (kubectl: Kubectl): Promise<ReadonlyMap<string, string>> => {
  const args = ["get", "services.serving.knative.dev", "-n", "tagenal", "-o", "json"];
  const { items } = services.parse(JSON.parse(await kubectl(args)));
  return new Map(items.map(({ metadata, status }) => [metadata.name, new URL(status.url).host]));
};

export const startDeployment = async (kubernetes: KubernetesUnderTest): Promise<Deployment> => {
  const kubectl = useKubectl(kubernetes);
  const ends: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    const local = await startTestCluster();
    ends.push(local.stop);
    await bringImages(kubernetes);
    const env = join(local.home, "function-env.json");
    const connection = await connectLocal(kubectl, env, kubernetes.host);
    ends.push(connection.stop, () => runOurs(kubernetes, "infra/undeploy.ts", ["--purge"]));
    const deploy = ["--tag", tag, "--timeout", "600"];
    await runOurs(kubernetes, "infra/deploy.ts", deploy);
    const ingress =
      process.env["TAGENAL_INGRESS"] ??
      (await serviceAddress(kubectl, "kourier-system", "kourier"));
    const entry = await startClusterEntry(ingress, await readHosts(kubectl));
    ends.push(entry.stop);
    const broker = await serviceAddress(kubectl, "knative-eventing", "broker-ingress");
    return { kubectl, local, url: entry.url, sink: `${broker}/tagenal/default`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
