/**
 * `npm run deploy-database`: Vitess under its operator, Redis Cluster and the object store onto a
 * Kubernetes cluster, with what functions need to reach them; waits until the schema is there.
 *
 *   npm run deploy-database -- [--context C] [--overlay laptop] [--timeout 900]
 *
 * Overlays lie in infra/kubernetes/overlays. Done again it changes what differs, and nothing else;
 * pools of tablets stay as large as they have become.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { duration, say } from "#infra/cli/say.ts";
import { keepTablets } from "#infra/kubernetes/keep-tablets.ts";
import {
  applyFolder,
  applyObjects,
  createKubectl,
  type Kubectl,
} from "#infra/kubernetes/kubectl.ts";
import {
  makeSecrets,
  readSecrets,
  requireTls,
  toSecretObjects,
} from "#infra/kubernetes/secrets.ts";
import { listServers, planTrust, readTrust } from "#infra/kubernetes/trust.ts";
import { readVitessModule } from "#infra/kubernetes/vitess-module.ts";

const folder = join(import.meta.dirname, "kubernetes");
const job = "job/prepare-database";

const applyNamespaces = async (kubectl: Kubectl): Promise<void> => {
  await applyFolder(kubectl, join(folder, "functions"));
  await kubectl([
    ...["apply", "--server-side", "--force-conflicts", "--field-manager=tagenal"],
    ...["-f", join(folder, "database/201_namespaces.yaml")],
  ]);
};

const readDatabase = async (kubectl: Kubectl, overlay: string): Promise<readonly unknown[]> => {
  const text = await kubectl(["kustomize", join(folder, "overlays", overlay)]);
  return parseAllDocuments(text).map((document) => document.toJS());
};

const settings = z.object({
  kind: z.literal("ConfigMap"),
  metadata: z.object({ name: z.literal("tagenal"), namespace: z.literal("tagenal") }),
  data: z.object({ S3_ENDPOINT: z.url() }),
});

const findObjectStore = (objects: readonly unknown[]): string => {
  const found = objects.flatMap((object) => settings.safeParse(object).data ?? [])[0];
  if (found === undefined) throw new Error("the ConfigMap tagenal has no S3_ENDPOINT");
  return new URL(found.data.S3_ENDPOINT).hostname;
};

/** Certificates, and the passwords that were made once. */
const applySecrets = async (
  kubectl: Kubectl,
  initScript: string,
  objectStore: string,
): Promise<readonly string[]> => {
  const secrets = requireTls((await readSecrets(kubectl)) ?? makeSecrets());
  const servers = listServers(objectStore);
  const { objects, renewed } = await planTrust(servers, await readTrust(kubectl, servers));
  await applyObjects(kubectl, [...toSecretObjects(secrets, initScript), ...objects]);
  return renewed;
};

/** As it was asked for, but for the tablets that operations have let join and leave since. */
const applyDatabase = async (kubectl: Kubectl, objects: readonly unknown[]): Promise<void> => {
  const args = ["get", "vitesscluster", "tagenal", "-n", "tagenal-vitess"];
  const deployed = (await kubectl([...args, "--ignore-not-found", "-o", "json"])).trim();
  const known = deployed === "" ? undefined : JSON.parse(deployed);
  await applyObjects(kubectl, keepTablets(objects, known));
};

/** A Job that has ended stays as it was, so each deployment makes a new one. */
const forgetJob = (kubectl: Kubectl): Promise<string> =>
  kubectl(["delete", job, "-n", "tagenal-data", "--ignore-not-found", "--wait"]);

const untilPrepared = async (kubectl: Kubectl, timeout: string): Promise<void> => {
  const wait = ["wait", `--timeout=${timeout}s`];
  try {
    await kubectl([...wait, "--for=condition=Complete", job, "-n", "tagenal-data"]);
  } catch (error) {
    const log = ["logs", job, "-n", "tagenal-data", "--tail=20"];
    const words = await kubectl(log).catch(() => "it said nothing");
    throw new Error(`the database is not prepared after ${timeout} s:\n${words}`, { cause: error });
  }
  const gates = ["-l", "planetscale.com/component=vtgate", "-n", "tagenal-vitess"];
  await kubectl([...wait, "--for=condition=Available", "deployment", ...gates]);
};

const { values } = parseArgs({
  options: {
    context: { type: "string" },
    overlay: { type: "string", default: "laptop" },
    timeout: { type: "string", default: "900" },
  },
});

const deployDatabase = async (): Promise<void> => {
  const startedAt = Date.now();
  const tell = (what: string): void => say(`  ${what} [${duration(Date.now() - startedAt)}]`);
  const kubectl = createKubectl(values.context);
  const { definitions, initScript } = await readVitessModule();
  await applyObjects(kubectl, definitions);
  await kubectl(["wait", "--for=condition=Established", "crd", "--all", "--timeout=60s"]);
  await applyNamespaces(kubectl);
  const objects = await readDatabase(kubectl, values.overlay);
  const renewed = await applySecrets(kubectl, initScript, findObjectStore(objects));
  for (const name of renewed) tell(`${name}: a new certificate, for pods that start from now on`);
  await forgetJob(kubectl);
  await applyDatabase(kubectl, objects);
  tell("applied");
  await untilPrepared(kubectl, values.timeout);
  tell("the database serves");
};

try {
  await deployDatabase();
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
