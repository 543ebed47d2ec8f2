/**
 * `npm run connect-local -- --host ADDRESS [--context C]`: lets functions on a Kubernetes cluster use
 * the local cluster of TAGENAL_HOME, until it is ended.
 *
 * The local cluster listens on 127.0.0.1 alone. This passes on, at the one address of this machine
 * that is given, the ports that the functions use, and writes the ConfigMap and the Secret that say
 * so. For trying things: whoever reaches the address reaches vtgate, with the password.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findPaths } from "#infra/cli/home.ts";
import { say } from "#infra/cli/say.ts";
import { type Forwarder, startForwarder } from "./forward.ts";
import { listWantedKeys, readDeployed } from "./functions.ts";
import { applyFolder, applyObjects, createKubectl, type Kubectl } from "./kubectl.ts";
import { type Env, listLocalPorts, toSettings } from "./settings.ts";

export interface LocalConnection {
  stop(): Promise<void>;
}

export const connectLocal = async (
  kubectl: Kubectl,
  functionEnvFile: string,
  host: string,
): Promise<LocalConnection> => {
  const env = JSON.parse(await readFile(functionEnvFile, "utf8")) as Env;
  const wanted = listWantedKeys((await readDeployed()).functions);
  const forwarders: Forwarder[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(forwarders.map((forwarder) => forwarder.stop()));
  };
  try {
    const addresses = new Map<number, string>();
    for (const port of listLocalPorts(env, wanted)) {
      const forwarder = await startForwarder(host, port);
      forwarders.push(forwarder);
      addresses.set(port, forwarder.address);
    }
    await applyFolder(kubectl, join(import.meta.dirname, "functions"));
    await applyObjects(kubectl, toSettings(env, wanted, addresses));
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
};

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: { host: { type: "string" }, context: { type: "string" } },
  });
  if (values.host === undefined)
    throw new Error("--host: an address of this machine that the cluster's pods reach");
  const kubectl = createKubectl(values.context);
  const { stop } = await connectLocal(kubectl, join(findPaths().functionEnv), values.host);
  say(`Functions on the cluster reach this machine's cluster at ${values.host}; Ctrl-C ends it.`);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => {
      stop().catch(() => {});
    });
};

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
