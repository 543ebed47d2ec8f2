/**
 * As much of a Kubernetes cluster with Knative as its API server needs to judge our manifests by:
 * resource definitions, namespaces and accounts, and no server of ours.
 */
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { retry } from "#infra/database/retry.ts";
import { applyObjects, type Kubectl } from "#infra/kubernetes/kubectl.ts";
import { readVitessModule } from "#infra/kubernetes/vitess-module.ts";
import { useKubectl } from "./kubernetes.ts";
import { findKubernetes } from "./node.ts";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "infra/kubernetes");
const parts = ["functions/101_namespace", "database/201_namespaces", "database/214_access"];
const operator = "database/211_vitess_operator";

const prepare = async (kubectl: Kubectl): Promise<void> => {
  const { definitions } = await readVitessModule();
  await applyObjects(kubectl, definitions);
  await kubectl(["wait", "--for=condition=Established", "crd", "--all", "--timeout=60s"]);
  const files = [...parts, operator].flatMap((name) => ["-f", join(folder, `${name}.yaml`)]);
  const apply = ["apply", "--server-side", "--force-conflicts", "--field-manager=tagenal"];
  await kubectl([...apply, ...files]);
  // Only its rights are asked about.
  await kubectl(["delete", "deployment", "vitess-operator", "-n", "tagenal-vitess"]);
};

/** Whatever Knative's webhooks say: once they can be asked. */
const untilAnswering = (kubectl: Kubectl): Promise<void> =>
  retry(60, async () => {
    const service = join(root, "knative/query-users.yaml");
    const asked = kubectl(["apply", "--dry-run=server", "--server-side", "-f", service]);
    await asked.catch((error: Error) => {
      if (error.message.includes("failed calling webhook")) throw error;
    });
  });

export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const { kubernetes, stop } = await findKubernetes();
  try {
    const kubectl = useKubectl(kubernetes);
    await prepare(kubectl);
    await untilAnswering(kubectl);
    project.provide("kubernetes", kubernetes);
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
};
