/**
 * The sample data set of a new cluster, generated once and loaded through the same API as any
 * other. A cluster that holds rows of somebody else's is left alone; a sample whose load was cut
 * short is loaded to its end by the next start.
 */
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Paths } from "#infra/local/cluster/layout.ts";
import { exists } from "#infra/parts/cache.ts";
import { generateSample } from "#infra/sample/generate-sample.ts";
import { defaults } from "#infra/sample/options.ts";
import { type Api, createApi } from "./api.ts";
import { findInputs } from "./load-inputs.ts";
import { runLoad } from "./load-run.ts";
import { Remedy } from "./preflight.ts";
import { createProgressLine } from "./progress-line.ts";
import { duration, say } from "./say.ts";

const isEmpty = async (api: Api): Promise<boolean> => {
  const lists = await Promise.all(
    ["users", "articles"].map((list) =>
      api.get<{ items: readonly unknown[] }>(`/v1/${list}?limit=1`),
    ),
  );
  return lists.every(({ items }) => items.length === 0);
};

/** Made under another name and renamed when whole. */
const makeSample = async (dir: string): Promise<void> => {
  const start = Date.now();
  const scratch = `${dir}.making`;
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  await generateSample({ ...defaults, dir: scratch, media: "sample" });
  await rename(scratch, dir);
  say(`Sample data generated [${duration(Date.now() - start)}]`);
};

export const loadSample = async (paths: Paths, url: string): Promise<void> => {
  const mark = join(paths.home, "sample-loaded");
  if (await exists(mark)) return;
  const api = createApi(url, (await readFile(paths.token, "utf8")).trim());
  const dir = join(paths.home, "sample");
  if (!(await exists(dir))) {
    if (!(await isEmpty(api))) return;
    await makeSample(dir);
  }
  const options = { maxErrors: 0, onConflict: "fail", media: "present", verify: "on" } as const;
  const rejects = join(paths.home, "sample-rejects.jsonl");
  const loading = { options, line: createProgressLine(), rejects };
  if (!(await runLoad(api, await findInputs([dir], {}), loading)))
    throw new Remedy("The sample data could not be loaded; `npm run up -- --empty` starts without");
  await writeFile(mark, `${new Date().toISOString()}\n`);
  await rm(dir, { recursive: true });
};
