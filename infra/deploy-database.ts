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
import { duration, say } from "#infra/cli/say.ts";
import { keepTablets } from "#infra/kubernetes/keep-tablets.ts";
import {
  applyFolder,
  applyObjects,
  createKubectl,
  type Kubectl,
} from "#infra/kubernetes/kubectl.ts";
import { makeSecrets, readSecrets, toSecretObjects } from "#infra/kubernetes/secrets.ts";
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

/** As it was asked for, but for the tablets that operations have let join and leave since. */
const applyDatabase = async (kubectl: Kubectl, overlay: string): Promise<void> => {
  const text = await kubectl(["kustomize", join(folder, "overlays", overlay)]);
  const objects = parseAllDocuments(text).map((document) => document.toJS());
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
  const secrets = (await readSecrets(kubectl)) ?? makeSecrets();
  await applyObjects(kubectl, toSecretObjects(secrets, initScript));
  await forgetJob(kubectl);
  await applyDatabase(kubectl, values.overlay);
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
