/**
 * `npm run rollback`: sends the requests of functions back to the revision that served before the
 * last deployment, which is still there. Nothing is built or started anew.
 *
 *   npm run rollback -- [--context C] [--timeout 180] [FUNCTION…]
 *
 * Without names: every function that has an earlier revision.
 */
import { parseArgs } from "node:util";
import { say } from "#infra/cli/say.ts";
import { pickFunctions, readDeployed, toObject } from "#infra/kubernetes/functions.ts";
import { createKubectl } from "#infra/kubernetes/kubectl.ts";
import { readServices, sendTraffic } from "#infra/kubernetes/services.ts";
import { findPrevious, findServing, toPrevious } from "#infra/kubernetes/traffic.ts";
import { waitReady } from "#infra/kubernetes/wait-ready.ts";

const namespace = "tagenal";
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    context: { type: "string" },
    timeout: { type: "string", default: "180" },
  },
});

const rollBack = async (): Promise<void> => {
  const kubectl = createKubectl(values.context);
  const functions = pickFunctions(await readDeployed(), positionals);
  const states = await readServices(kubectl, namespace);
  const wanted = functions.flatMap(({ name, service }) => {
    const state = states.get(name);
    if (state === undefined) return [];
    // Asked for by name it has to be possible; otherwise those are meant for which it is.
    if (positionals.length === 0 && findPrevious(state) === undefined) return [];
    return [{ name, service: toObject(service), state, traffic: toPrevious(state) }];
  });
  if (wanted.length === 0) throw new Error("no function has an earlier revision to go back to");
  for (const { name, state, traffic } of wanted) {
    await sendTraffic(kubectl, namespace, name, traffic);
    say(`  ${name}: ${findServing(state)} → ${traffic[0]?.revisionName}`);
  }
  await waitReady(
    kubectl,
    wanted.map(({ service }) => service),
    { timeoutMs: Number(values.timeout) * 1_000, onReady: () => undefined },
  );
};

try {
  await rollBack();
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
