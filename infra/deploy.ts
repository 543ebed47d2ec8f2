/**
 * `npm run deploy`: the functions onto a Kubernetes cluster that has Knative.
 *
 *   npm run deploy -- [--context C] [--registry dev.local] [--tag dev] [--timeout 180] [--cpu 20m]
 *                     [FUNCTION…]
 *
 * --cpu: the share of a processor that each pod asks for, where there are too few for all that the
 * manifests ask for.
 *
 * Services go by `kn service apply` where kn is there (on PATH, or named in KN), otherwise by
 * kubectl; the result is the same. Done again it changes what differs, and nothing else. The tag
 * decides whether there is something new: other content under the same tag makes no new revision.
 *
 * What serves goes on serving until the new revision is ready, and for good if it never is. The
 * earlier revision stays within reach: `npm run rollback`.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { duration, say } from "#infra/cli/say.ts";
import {
  type DeployedFunction,
  type KubernetesObject,
  listWantedKeys,
  pickFunctions,
  place,
  readDeployed,
  toObject,
} from "#infra/kubernetes/functions.ts";
import {
  applyFolder,
  applyObjects,
  createKubectl,
  findKn,
  type Kubectl,
} from "#infra/kubernetes/kubectl.ts";
import { readServices, sendTraffic } from "#infra/kubernetes/services.ts";
import {
  besideServing,
  findServing,
  type ServingState,
  toLatest,
} from "#infra/kubernetes/traffic.ts";
import { type WaitOptions, waitReady } from "#infra/kubernetes/wait-ready.ts";

const namespace = "tagenal";

const readKeys = async (kubectl: Kubectl, kind: string): Promise<readonly string[]> => {
  const found = await kubectl([
    ...["get", kind, "tagenal", "-n", namespace, "--ignore-not-found", "-o", "json"],
  ]);
  if (found.trim() === "") return [];
  return Object.keys((JSON.parse(found) as { data?: object }).data ?? {});
};

/** Without its settings a function would never become ready, and say so only in its log. */
const checkSettings = async (
  kubectl: Kubectl,
  functions: readonly DeployedFunction[],
): Promise<void> => {
  const wanted = listWantedKeys(functions);
  const missing = async (kind: string, keys: readonly string[]): Promise<readonly string[]> => {
    if (keys.length === 0) return [];
    const present = await readKeys(kubectl, kind);
    return keys.filter((key) => !present.includes(key)).map((key) => `  ${kind} tagenal: ${key}`);
  };
  const faults = [
    ...(await missing("secret", wanted.secret)),
    ...(await missing("configmap", wanted.configMap)),
  ];
  if (faults.length === 0) return;
  throw new Error(
    `namespace ${namespace} has not all settings of these functions:\n${faults.join("\n")}\n` +
      "See infra/kubernetes/README.md; for a local cluster: npm run connect-local",
  );
};

type Kn = NonNullable<Awaited<ReturnType<typeof findKn>>>;

/** kn takes one Service at a time, and waits more than it works. */
const LANES = 4;

const applyByKn = async (kn: Kn, services: readonly KubernetesObject[]): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), "tagenal-deploy-"));
  const left = [...services];
  const lane = async (): Promise<void> => {
    for (let service = left.shift(); service !== undefined; service = left.shift()) {
      const { name } = service.metadata;
      const file = join(folder, `${name}.json`);
      await writeFile(file, JSON.stringify(service));
      // All together are waited for afterwards.
      await kn(["service", "apply", name, "-f", file, "-n", namespace, "--no-wait"]);
    }
  };
  try {
    await Promise.all(Array.from({ length: LANES }, lane));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    context: { type: "string" },
    registry: { type: "string", default: "dev.local" },
    tag: { type: "string", default: "dev" },
    timeout: { type: "string", default: "180" },
    cpu: { type: "string" },
  },
});

const waitOptions = (startedAt: number): WaitOptions => ({
  timeoutMs: Number(values.timeout) * 1_000,
  onReady: (name) => say(`  ${name} [${duration(Date.now() - startedAt)}]`),
});

/** Beside what serves now, if anything does. */
const toService = (
  deployed: DeployedFunction,
  state: ServingState | undefined,
): KubernetesObject => {
  const image = `${values.registry}/${deployed.name}:${values.tag}`;
  const service = place(deployed, { image, cpu: values.cpu });
  const serving = state && findServing(state);
  if (serving === undefined) return service;
  return { ...service, spec: { ...(service.spec as object), traffic: besideServing(serving) } };
};

/** Once all new revisions are ready. */
const switchOver = async (
  kubectl: Kubectl,
  before: ReadonlyMap<string, ServingState>,
): Promise<void> => {
  const now = await readServices(kubectl, namespace);
  for (const [name, earlier] of before) {
    const serving = findServing(earlier);
    const latest = now.get(name)?.status.latestReadyRevisionName;
    if (serving === undefined || latest === undefined) continue;
    await sendTraffic(kubectl, namespace, name, toLatest(earlier, latest));
    if (serving !== latest) say(`  ${name}: ${serving} → ${latest}`);
  }
};

const deploy = async (): Promise<void> => {
  const options = waitOptions(Date.now());
  const deployed = await readDeployed();
  const functions = pickFunctions(deployed, positionals);
  const kubectl = createKubectl(values.context);
  await applyFolder(kubectl, join(import.meta.dirname, "kubernetes/functions"));
  await checkSettings(kubectl, functions);
  const known = await readServices(kubectl, namespace);
  const before = new Map([...known].filter(([name]) => functions.some((one) => one.name === name)));
  const services = functions.map((one) => toService(one, before.get(one.name)));
  const others = functions.flatMap(({ others }) => others).map(toObject);
  const broker = deployed.broker.map(toObject);
  const kn = await findKn(values.context);
  say(`${services.length} functions by ${kn ? "kn" : "kubectl (kn is not there)"}`);
  await applyObjects(kubectl, broker);
  await (kn ? applyByKn(kn, services) : applyObjects(kubectl, services));
  if (others.length > 0) await applyObjects(kubectl, others);
  // The Broker is ready once its dead-letter function is: some functions alone need not wait.
  const isAll = functions.length === deployed.functions.length;
  await waitReady(kubectl, [...services, ...others, ...(isAll ? broker : [])], options);
  if (before.size === 0) return;
  await switchOver(kubectl, before);
  await waitReady(kubectl, services, { ...options, onReady: () => undefined });
};

try {
  await deploy();
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
