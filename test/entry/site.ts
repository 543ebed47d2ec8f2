/** A folder with manifests and small bundles, for an entry of its own. */
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export interface SiteFunction {
  readonly name: string;
  readonly routes?: string;
  readonly concurrency?: number;
  readonly timeoutSeconds?: number;
  /** YAML list items below `env:`. */
  readonly env?: string;
  /** The body of an Express handler `async (req, res) =>`, after `top`. */
  readonly body: string;
  readonly top?: string;
}

const toManifest = ({
  name,
  routes = "",
  concurrency = 0,
  timeoutSeconds = 5,
  env = "[]",
}: SiteFunction) => `
apiVersion: serving.knative.dev/v1
kind: Service
metadata:
  name: ${name}
  annotations:
    tagenal.dev/routes: "${routes}"
spec:
  template:
    spec:
      containerConcurrency: ${concurrency}
      timeoutSeconds: ${timeoutSeconds}
      containers:
        - image: dev.local/${name}:dev
          env: ${env}
`;

const toBundle = ({ name, body, top = "" }: SiteFunction) => `
import { http } from "@google-cloud/functions-framework";
import { setTimeout as sleep } from "node:timers/promises";
${top}
http("${name}", async (req, res) => {
  if (req.path === "/healthz") return res.status(200).end();
  ${body}
});
`;

export const createSite = async (functions: readonly SiteFunction[]) => {
  const folder = await mkdtemp(join(tmpdir(), "tagenal-site-"));
  // Functions may run as another user, who has to read their bundles.
  await chmod(folder, 0o755);
  const [manifests, bundles, logs] = ["knative", "dist", "logs"].map((name) => join(folder, name));
  if (manifests === undefined || bundles === undefined || logs === undefined)
    throw new Error("no folder");
  await Promise.all([mkdir(manifests), mkdir(bundles), mkdir(logs)]);
  await symlink(resolve("node_modules"), join(folder, "node_modules"));
  for (const each of functions) {
    await mkdir(join(bundles, each.name));
    await writeFile(join(bundles, each.name, "index.mjs"), toBundle(each));
    await writeFile(join(manifests, `${each.name}.yaml`), toManifest(each));
  }
  return {
    folder,
    manifests,
    bundles,
    logs,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
};
