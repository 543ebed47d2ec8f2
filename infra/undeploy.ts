/**
 * `npm run undeploy`: takes functions off the cluster, all of them with the Broker or those named.
 *
 *   npm run undeploy -- [--context C] [--purge] [FUNCTION…]
 *   npm run undeploy -- [--context C] --purge --database OVERLAY
 *
 * The namespace with its settings stays, unless --purge. Data lies in the database, which goes with
 * everything in it only by --database, and with --purge: the functions' settings hold its secrets.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { say } from "#infra/cli/say.ts";
import { pickFunctions, readDeployed, toObject } from "#infra/kubernetes/functions.ts";
import { createKubectl, type Kubectl, toList } from "#infra/kubernetes/kubectl.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    context: { type: "string" },
    purge: { type: "boolean", default: false },
    database: { type: "string" },
  },
});
const remove = ["delete", "--ignore-not-found", "--wait"];

/**
 * The operator has to be there still while its pods go. Not `--cascade=foreground`: while the cluster
 * itself remains, the operator makes anew what is taken away, without end.
 */
const removeDatabase = async (kubectl: Kubectl, overlay: string): Promise<void> => {
  const namespace = ["-n", "tagenal-vitess"];
  say((await kubectl([...remove, "vitesscluster", "tagenal", ...namespace])).trimEnd());
  const pods = ["pods", "-l", "planetscale.com/cluster=tagenal", ...namespace];
  if ((await kubectl(["get", "--ignore-not-found", "-o", "name", ...pods])).trim() !== "")
    say((await kubectl(["wait", "--for=delete", "--timeout=300s", ...pods])).trimEnd());
  const folder = join(import.meta.dirname, "kubernetes/overlays", overlay);
  say((await kubectl([...remove, "-k", folder])).trimEnd());
};

const undeploy = async (): Promise<void> => {
  if (values.purge && positionals.length > 0) throw new Error("--purge takes everything");
  if (values.database !== undefined && !values.purge) throw new Error("--database needs --purge");
  const kubectl = createKubectl(values.context);
  const deployed = await readDeployed();
  const functions = pickFunctions(deployed, positionals);
  // First what feeds them, so that no event meets a function that is half gone.
  const objects = [
    ...functions.flatMap(({ others }) => others),
    ...functions.map(({ service }) => service),
    ...(positionals.length === 0 ? deployed.broker : []),
  ].map(toObject);
  say((await kubectl([...remove, "-f", "-"], toList(objects))).trimEnd());
  if (values.database !== undefined) await removeDatabase(kubectl, values.database);
  const entry = join(import.meta.dirname, "kubernetes/entry");
  if (positionals.length === 0) say((await kubectl([...remove, "-k", entry])).trimEnd());
  if (values.purge)
    say(await kubectl([...remove, "-k", join(import.meta.dirname, "kubernetes/functions")]));
};

try {
  await undeploy();
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
