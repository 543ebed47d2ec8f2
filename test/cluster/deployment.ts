/**
 * Database and functions on the Kubernetes cluster: images made, brought to the nodes and deployed
 * by the commands of the guide, and taken off again.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { applyObjects, type Kubectl } from "#infra/kubernetes/kubectl.ts";
import { readSecrets } from "#infra/kubernetes/secrets.ts";
import { run } from "#infra/parts/run.ts";
import type { TestCluster } from "../integration/cluster.ts";
import { followGuide } from "./guide.ts";
import { environmentOf, type KubernetesUnderTest, useKubectl } from "./kubernetes.ts";
import { record } from "./measure.ts";

export interface Deployment {
  readonly cluster: TestCluster;
  /** Who signs its servers' certificates, as PEM. */
  readonly authority: string;
  stop(): Promise<void>;
}

const root = join(import.meta.dirname, "../..");
/** Of the images that the guide makes. */
export const TAG = "dev";

/** One of the project's commands, as a person would give it. */
export const runOurs = (
  kubernetes: KubernetesUnderTest,
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> =>
  run(process.execPath, [join(root, script), ...args], {
    env: { ...environmentOf(kubernetes), ...env },
  });

export const bringImages = async (
  kubernetes: KubernetesUnderTest,
  args: readonly string[],
): Promise<void> => {
  const { imagesLoad } = kubernetes;
  if (imagesLoad === "") throw new Error("IMAGES_LOAD: how do images get to the cluster's nodes?");
  const folder = await mkdtemp(join(tmpdir(), "tagenal-images-"));
  try {
    const file = join(folder, "images.tar");
    await runOurs(kubernetes, "infra/images/main.ts", ["--out", file, ...args]);
    await run("sh", ["-c", `${imagesLoad} "$0"`, file]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const findAddress = (kubectl: Kubectl, namespace: string, name: string): Promise<string> =>
  kubectl(["get", "service", name, "-n", namespace, "-o", "jsonpath={.spec.clusterIP}"]);

/** On one node beside the database there is not much of a processor left for each. */
export const deployFunctions = (
  kubernetes: KubernetesUnderTest,
  args: readonly string[],
  env = {},
): Promise<string> => runOurs(kubernetes, "infra/deploy.ts", ["--cpu", "10m", ...args], env);

/** Tests look into the database from this machine, which nothing else may. */
const openVtgate = ({ host }: KubernetesUnderTest) => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "tests-to-vtgate", namespace: "tagenal-vitess" },
  spec: {
    podSelector: { matchLabels: { "planetscale.com/component": "vtgate" } },
    policyTypes: ["Ingress"],
    ingress: [{ from: [{ ipBlock: { cidr: `${host}/32` } }] }],
  },
});

const deployAll = async (kubernetes: KubernetesUnderTest): Promise<void> => {
  const given = await followGuide(kubernetes);
  if (kubernetes.enforcesPolicies)
    await applyObjects(useKubectl(kubernetes), [openVtgate(kubernetes)]);
  await record("guideSeconds", Object.fromEntries(given.map((one) => [one.command, one.seconds])));
  const functions = (given.at(-1)?.said ?? "").trim().split("\n").slice(1);
  const waiting = functions.filter((line) => !/\sTrue\s*$/.test(line));
  if (functions.length === 0 || waiting.length > 0)
    throw new Error(`the guide does not end with functions that are ready:\n${waiting.join("\n")}`);
};

export const startDeployment = async (kubernetes: KubernetesUnderTest): Promise<Deployment> => {
  const kubectl = useKubectl(kubernetes);
  const ends: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    const everything = ["--purge", "--database", kubernetes.overlay];
    ends.push(() => runOurs(kubernetes, "infra/undeploy.ts", everything));
    await deployAll(kubernetes);
    const entry =
      process.env["TAGENAL_ENTRY"] ??
      `http://${await findAddress(kubectl, "tagenal-entry", "entry")}`;
    const secrets = await readSecrets(kubectl);
    if (secrets === undefined) throw new Error("deploy-database left no secrets");
    // Names of services are known inside the cluster alone, their addresses here too; certificates
    // are for names.
    const vtgate = new URL(secrets.VTGATE_URL);
    vtgate.searchParams.set("ssl-mode", "VERIFY_CA");
    vtgate.hostname = await findAddress(kubectl, "tagenal-vitess", "vtgate-beijing");
    const broker = await findAddress(kubectl, "knative-eventing", "broker-ingress");
    const ca = ["get", "configmap", "ca", "-n", "tagenal", "-o", "jsonpath={.data.ca\\.crt}"];
    return {
      authority: await kubectl(ca),
      cluster: {
        url: entry,
        token: secrets.API_TOKEN,
        vtgateUrl: vtgate.href,
        sink: `http://${broker}/tagenal/default`,
        // PingSources tick more slowly, and wake functions.
        patienceMs: 300_000,
        home: "",
      },
      stop,
    };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
};
