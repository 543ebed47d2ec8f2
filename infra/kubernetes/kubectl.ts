/**
 * Talks to a Kubernetes cluster by kubectl. KUBECTL names the program where it is not on PATH;
 * KUBECONFIG and the context say which cluster.
 */
import { run, tryRun } from "#infra/parts/run.ts";

export type Kubectl = (args: readonly string[], input?: string) => Promise<string>;

const contextArgs = (context: string | undefined): readonly string[] =>
  context === undefined ? [] : ["--context", context];

export const createKubectl = (context?: string): Kubectl => {
  const program = process.env["KUBECTL"] || "kubectl";
  return async (args, input) => {
    try {
      return await run(program, [...contextArgs(context), ...args], {
        ...(input === undefined ? {} : { input }),
      });
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT")
        throw new Error(`${program} is not there: install kubectl, or name it in KUBECTL`);
      throw error;
    }
  };
};

/** Knative's own command line, where it is there: by KN or on PATH. */
export const findKn = async (
  context?: string,
): Promise<((args: readonly string[]) => Promise<string>) | undefined> => {
  const program = process.env["KN"] || "kn";
  if ((await tryRun(program, ["version"])) === undefined) return undefined;
  return (args) => run(program, [...args, ...contextArgs(context)]);
};

/** Objects as kubectl takes them from its input. */
export const toList = (items: readonly unknown[]): string =>
  JSON.stringify({ apiVersion: "v1", kind: "List", items });

/** By this name the server knows which fields are ours, whoever applied them. */
const ours = ["--server-side", "--force-conflicts", "--field-manager=tagenal"];

export const applyObjects = (kubectl: Kubectl, items: readonly unknown[]): Promise<string> =>
  kubectl(["apply", ...ours, "-f", "-"], toList(items));

export const applyFolder = (kubectl: Kubectl, folder: string): Promise<string> =>
  kubectl(["apply", ...ours, "-k", folder]);
