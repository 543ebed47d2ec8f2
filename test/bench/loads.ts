/**
 * `npm run bench -- loads`: what becomes of a load's rate, of the functions' memory and of the
 * readers as loads get larger. Users and articles are there before; each size's reads are loaded
 * while somebody reads at a steady rate through the entry, which is first measured without a load;
 * with `--readers 0` nobody reads.
 */
import { readdir, readFile, rm, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { rowFiles } from "#infra/sample/folder.ts";
import { generateSample } from "#infra/sample/generate-sample.ts";
import { defaults } from "#infra/sample/options.ts";
import type { BenchCluster } from "./bench-cluster.ts";
import { startAsking } from "./readers-load.ts";
import type { LoadFinding, PublishedLoad } from "./report-loads.ts";
import { waitForRest } from "./rest.ts";
import { emptyCluster, type LoadSeconds, loadThroughSystem } from "./system-load.ts";

const IDLE_SECONDS = 20;
/** Functions start, and what is asked for again is kept. */
const WARM_UP_SECONDS = 10;
const LOOK_MS = 1_000;
/** A process takes its room in its first seconds: growth is counted from here on. */
const SETTLED_SHARE = 0.25;

/** What a page of the reading site asks for, of ever another user or article. */
const pathOf = (turn: number): string => {
  const key = 1 + ((turn * 7_919) % defaults.users);
  const paths = [
    `/v1/users/${key}`,
    `/v1/users/${key}/reads?limit=10`,
    `/v1/articles/${key}`,
    `/v1/articles?category=science&limit=10`,
  ];
  return paths[turn % paths.length] ?? "/";
};

/** MiB of each function's process that runs. */
const readMemory = async ({ home }: BenchCluster): Promise<ReadonlyMap<string, number>> => {
  const text = await readFile(join(home, "cluster.json"), "utf8");
  const { activator } = JSON.parse(text) as { activator: number };
  const response = await fetch(`http://127.0.0.1:${activator}/functions`);
  const found = (await response.json()) as { name: string; pid: number | null }[];
  const sizes = await Promise.all(
    found.map(async ({ name, pid }): Promise<[string, number][]> => {
      const status =
        pid === null ? "" : await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
      const [, kib] = /^VmRSS:\s+(\d+)/m.exec(status) ?? [];
      return kib === undefined ? [] : [[name, Math.round(Number(kib) / 1024)]];
    }),
  );
  return new Map(sizes.flat());
};

/** Looks at the processes until it is stopped. */
const watchMemory = (cluster: BenchCluster) => {
  const looks: ReadonlyMap<string, number>[] = [];
  let isOver = false;
  const look = async (): Promise<void> => {
    while (!isOver) {
      const found = await readMemory(cluster).catch(() => undefined);
      if (found !== undefined) looks.push(found);
      await sleep(LOOK_MS);
    }
  };
  const looking = look();
  return {
    stop: async (): Promise<LoadFinding["memory"]> => {
      isOver = true;
      await looking;
      const names = [...new Set(looks.flatMap((one) => [...one.keys()]))].sort();
      return names.map((name) => {
        // One that starts later takes its room then.
        const sizes = looks.flatMap((one) => one.get(name) ?? []);
        const settled = Math.floor(sizes.length * SETTLED_SHARE);
        const early = Math.max(...sizes.slice(0, settled + 1));
        return { name, early, later: Math.max(...sizes.slice(settled)) };
      });
    },
  };
};

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Leaves in the folder only what is to be loaded next: the reads, or whose reads they are. */
const generate = async (dir: string, reads: number): Promise<void> => {
  const { users, articles, seed } = defaults;
  await rm(dir, { recursive: true, force: true });
  await generateSample({ dir, users, articles, reads, seed, media: "none" });
  const isWanted = (name: string): boolean => (name === rowFiles.reads) === reads > 0;
  for (const name of await readdir(dir)) if (!isWanted(name)) await unlink(join(dir, name));
};

/** Those who read `perSecond` pages, measured at rest first; answers what ends their reading. */
const startReaders = async (
  cluster: BenchCluster,
  perSecond: number,
): Promise<() => Promise<LoadFinding["readers"]>> => {
  if (perSecond === 0) return async () => undefined;
  const pool = new Pool(cluster.url, { connections: 32 });
  const readFor = async (seconds: number) => {
    const asking = startAsking({ pool }, pathOf, perSecond);
    await sleep(seconds * 1_000);
    return asking.stop();
  };
  await readFor(WARM_UP_SECONDS);
  const atRest = await readFor(IDLE_SECONDS);
  const asking = startAsking({ pool }, pathOf, perSecond);
  return async () => {
    const meanwhile = await asking.stop();
    await pool.close();
    return { atRest, meanwhile };
  };
};

interface Sizes {
  /** Of each load. */
  readonly reads: readonly number[];
  /** Pages a second. */
  readonly readers: number;
}

const measureSize = async (
  cluster: BenchCluster,
  dir: string,
  { reads, perSecond }: { readonly reads: number; readonly perSecond: number },
): Promise<LoadFinding> => {
  await generate(dir, 0);
  await loadThroughSystem(cluster, dir);
  await generate(dir, reads);
  const { size: bytes } = await stat(join(dir, rowFiles.reads));
  await waitForRest();
  const stopReaders = await startReaders(cluster, perSecond);
  const memory = watchMemory(cluster);
  const seconds: LoadSeconds = await loadThroughSystem(cluster, dir);
  const readers = await stopReaders();
  const found = {
    ...{ reads, bytes, seconds, memory: await memory.stop() },
    ...(readers === undefined ? {} : { readers }),
  };
  say(JSON.stringify(found));
  await emptyCluster(cluster);
  return found;
};

/** As many rows as in the data set that the system was first thought for, all of them in one load. */
export const benchPublished = async (
  cluster: BenchCluster,
  dir: string,
): Promise<PublishedLoad> => {
  const rows = { users: 5_500, articles: 4_000, reads: 20_000 };
  await rm(dir, { recursive: true, force: true });
  await generateSample({ dir, ...rows, seed: defaults.seed, media: "none" });
  const seconds = await loadThroughSystem(cluster, dir);
  await emptyCluster(cluster);
  return { ...rows, seconds };
};

export const benchLoads = async (
  cluster: BenchCluster,
  dir: string,
  { reads: sizes, readers: perSecond }: Sizes,
): Promise<LoadFinding[]> => {
  const findings: LoadFinding[] = [];
  for (const reads of sizes) findings.push(await measureSize(cluster, dir, { reads, perSecond }));
  return findings;
};
