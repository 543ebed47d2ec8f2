/** A load as anybody starts one: `tagenal load`, through the API, events and functions. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { readHeldLoads } from "#shared/held-loads.ts";
import { createVtgate, type Vtgate } from "#shared/vtgate.ts";
import type { BenchCluster } from "./bench-cluster.ts";

const cli = join(import.meta.dirname, "../../infra/cli/main.ts");

const seconds = z.object({
  plan: z.number(),
  load: z.number(),
  verify: z.number(),
  derived: z.number(),
  total: z.number(),
});

/** Seconds of each part of the operation, as it reports them itself. */
export type LoadSeconds = z.infer<typeof seconds>;

const operations = z.object({
  items: z.tuple([z.object({ state: z.literal("succeeded"), result: z.object({ seconds }) })]),
});

const runCli = async ({ url, token }: BenchCluster, args: readonly string[]): Promise<void> => {
  const child = spawn(process.execPath, [cli, ...args], {
    env: { ...process.env, TAGENAL_URL: url, TAGENAL_TOKEN: token },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (text: Buffer) => (output += String(text)));
  child.stderr.on("data", (text: Buffer) => (output += String(text)));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`tagenal ${args.join(" ")} ended with ${code}\n${output}`);
};

export const loadThroughSystem = async (
  cluster: BenchCluster,
  dir: string,
): Promise<LoadSeconds> => {
  await runCli(cluster, ["load", dir]);
  const response = await fetch(`${cluster.url}/v1/operations?kind=load&limit=1`);
  return operations.parse(await response.json()).items[0].result.seconds;
};

const TABLES = ["user_read", "user", "article", "user_directory", "article_directory"];
const DERIVED = ["article_read", "be_read"];

const countRows = async ({ tagenal }: Vtgate, table: string): Promise<number> => {
  const [row] = await tagenal.query<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`);
  return row?.n ?? 0;
};

/** The cluster was empty before the bench and is so again, its streams having seen it. */
export const emptyCluster = async (cluster: BenchCluster): Promise<void> => {
  const vtgate = createVtgate(cluster.vtgateUrl, { connections: 2 });
  try {
    // Until then the streams pass over the last load's rows: of five million for a minute.
    for (let left = 1_000; (await readHeldLoads(vtgate.global)).length > 0; left -= 1) {
      if (left === 0) throw new Error("the derived streams are held");
      await sleep(300);
    }
    // The derived tables follow the reads; what a stream still brings afterwards must be nothing.
    for (const table of [...TABLES, ...DERIVED])
      for (const { shard } of cluster.primaries)
        await vtgate.shard(shard).write(`TRUNCATE TABLE ${table}`);
    await sleep(1_000);
    for (const table of [...TABLES, ...DERIVED])
      if ((await countRows(vtgate, table)) > 0) throw new Error(`${table} is not empty`);
  } finally {
    await vtgate.close();
  }
};
