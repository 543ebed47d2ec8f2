/**
 * `npm run undeploy`: takes functions off the cluster, all of them with the Broker or those named.
 *
 *   npm run undeploy -- [--context C] [--purge] [FUNCTION…]
 *
 * The namespace with its settings stays, unless --purge; data lies in Vitess, not here.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { say } from "#infra/cli/say.ts";
import { pickFunctions, readDeployed, toObject } from "#infra/kubernetes/functions.ts";
import { createKubectl, toList } from "#infra/kubernetes/kubectl.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { context: { type: "string" }, purge: { type: "boolean", default: false } },
});

const undeploy = async (): Promise<void> => {
  if (values.purge && positionals.length > 0) throw new Error("--purge takes everything");
  const kubectl = createKubectl(values.context);
  const deployed = await readDeployed();
  const functions = pickFunctions(deployed, positionals);
  // First what feeds them, so that no event meets a function that is half gone.
  const objects = [
    ...functions.flatMap(({ others }) => others),
    ...functions.map(({ service }) => service),
    ...(positionals.length === 0 ? deployed.broker : []),
  ].map(toObject);
  const remove = ["delete", "--ignore-not-found", "--wait"];
  say((await kubectl([...remove, "-f", "-"], toList(objects))).trimEnd());
  if (values.purge)
    say(await kubectl([...remove, "-k", join(import.meta.dirname, "kubernetes/functions")]));
};

try {
  await undeploy();
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
