/**
 * `npm run monitoring`: writes what Kubernetes gets of the monitoring into infra/kubernetes/monitoring.
 * A test holds the written files against this.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { toRules } from "./alerts.ts";
import { buildDashboards } from "./dashboards.ts";
import { toScrapeConfigs } from "./kubernetes-config.ts";

export const folder = join(import.meta.dirname, "../kubernetes/monitoring");

/** By path below the folder. JSON is YAML. */
export const buildFiles = (): Readonly<Record<string, string>> => {
  const files: Record<string, object> = {
    "rules.json": toRules(),
    "scrape.json": toScrapeConfigs(),
  };
  for (const [name, dashboard] of Object.entries(buildDashboards()))
    files[`dashboards/${name}`] = dashboard;
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => [name, `${JSON.stringify(content, null, 2)}\n`]),
  );
};

if (process.argv[1] === import.meta.filename)
  for (const [name, text] of Object.entries(buildFiles())) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
