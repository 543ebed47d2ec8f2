/**
 * `npm run bench`: load rate and query times beside vtgate and MySQL, all in one run on one
 * machine. Without --home it starts a cluster of its own and leaves nothing behind; with it, it
 * takes a running, empty cluster and leaves it empty. `npm run bench -- operations`: each operation
 * on the servers once, under traffic (operations.ts). `npm run bench -- loads [reads …]`: loads of
 * growing size (loads.ts).
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { generateSample } from "#infra/sample/generate-sample.ts";
import { defaults } from "#infra/sample/options.ts";
import { type BenchCluster, openBenchCluster } from "./bench-cluster.ts";
import { describeRun } from "./describe-run.ts";
import { type DirectLoad, loadDirectly, toDirectLoad } from "./direct-load.ts";
import { runAtDistance } from "./distance.ts";
import { benchLoads, benchPublished } from "./loads.ts";
import { benchOperations, operationNames, operationsFile } from "./operations.ts";
import { MANY_ROWS, measureQueries } from "./query-time.ts";
import {
  type Findings,
  judge,
  type LoadRound,
  type Rows,
  summarizeLoad,
  toText,
} from "./report.ts";
import { judgeLoads, toLoadsText } from "./report-loads.ts";
import { type KeptFinding, mergeFindings, toOperationText } from "./report-operations.ts";
import { waitForRest } from "./rest.ts";
import { emptyCluster, loadThroughSystem } from "./system-load.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    home: { type: "string" },
    out: { type: "string", default: join(import.meta.dirname, "results.json") },
    rounds: { type: "string", default: "3" },
    reads: { type: "string", default: String(defaults.reads) },
    seed: { type: "string", default: String(defaults.seed) },
    // Of operations: between the data centers, there and back, in milliseconds.
    distance: { type: "string", default: "0" },
    inside: { type: "boolean", default: false },
    // Of loads: pages a second that are asked for meanwhile.
    readers: { type: "string", default: "50" },
  },
});

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Alternately, so that whatever else the machine does hits both. The last load stays. */
const measureLoads = async (
  cluster: BenchCluster,
  { dir, rows, rounds }: { dir: string; rows: DirectLoad; rounds: number },
): Promise<LoadRound[]> => {
  const found: LoadRound[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    if (round > 0) await emptyCluster(cluster);
    const system = await loadThroughSystem(cluster, dir);
    const direct = await loadDirectly(cluster.primaries, rows);
    const text =
      `${system.load} s, and ${system.total} s in all; MySQL ${direct.loaded.toFixed(2)} s, ` +
      `and ${direct.all.toFixed(2)} s with the derived rows`;
    say(round === 0 ? `load, to warm up: ${text}` : `load ${round} of ${rounds}: ${text}`);
    if (round > 0) found.push({ system, direct });
  }
  return found;
};

const bench = async (cluster: BenchCluster, rows: Rows): Promise<Findings> => {
  const dir = await mkdtemp(join(tmpdir(), "tagenal-bench-"));
  try {
    await generateSample({ ...rows, dir, seed: Number(flags.seed), media: "none" });
    const rounds = Number(flags.rounds);
    const direct = await toDirectLoad(dir, cluster.primaries);
    const load = await measureLoads(cluster, { dir, rows: direct, rounds });
    const busy = await waitForRest();
    say(`queries, up to ${MANY_ROWS} rows; the processors are ${Math.round(busy * 100)} % busy …`);
    return { rows, load, queries: await measureQueries(cluster) };
  } finally {
    await rm(dir, { recursive: true });
    await emptyCluster(cluster);
  }
};

/** Reads. */
const LOADS = [100_000, 1_000_000, 5_000_000];

const distance = Number(flags.distance);
const run = { ...describeRun(), distanceBetweenDataCentersMs: distance };
const benchSizes = async (cluster: BenchCluster, sizes: readonly number[]): Promise<void> => {
  const readers = Number(flags.readers);
  const dir = await mkdtemp(join(tmpdir(), "tagenal-bench-"));
  const measureAll = async () => ({
    published: await benchPublished(cluster, dir),
    loads: await benchLoads(cluster, dir, { reads: sizes.length === 0 ? LOADS : sizes, readers }),
  });
  const found = await measureAll().finally(() => rm(dir, { recursive: true }));
  const file = join(import.meta.dirname, readers === 0 ? "loads-alone.json" : "loads.json");
  const result = { ...run, ...found, goals: judgeLoads(found.loads) };
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
  say(`\n${toLoadsText(found.loads)}\n\n${file}`);
};

const benchAll = async (cluster: BenchCluster): Promise<void> => {
  const rows = { users: defaults.users, articles: defaults.articles, reads: Number(flags.reads) };
  const findings = await bench(cluster, rows);
  const { queries } = findings;
  const load = { ...summarizeLoad(findings), rounds: findings.load };
  const result = { ...run, rows, load, queries, goals: judge(findings) };
  await writeFile(flags.out, `${JSON.stringify(result, null, 2)}\n`);
  say(`\n${toText(findings)}\n\n${flags.out}`);
};

if (positionals[0] === "operations" && distance > 0 && !flags.inside)
  process.exit(runAtDistance(distance, [process.execPath, ...process.argv.slice(1), "--inside"]));
if (positionals[0] === "operations") {
  const file = operationsFile(distance);
  const readKept = async (): Promise<readonly KeptFinding[]> => {
    const text = await readFile(file, "utf8").catch(() => '{"operations":[]}');
    return (JSON.parse(text) as { operations: KeptFinding[] }).operations;
  };
  await benchOperations(positionals.slice(1), async ({ errors, ...one }) => {
    const found = [{ ...one, errors: errors.length, run }];
    const operations = mergeFindings(operationNames, await readKept(), found);
    await writeFile(file, `${JSON.stringify({ operations }, null, 2)}\n`);
  });
  say(`\n${toOperationText(await readKept())}\n\n${file}`);
  process.exit(0);
}
const cluster = await openBenchCluster(flags.home === undefined ? undefined : resolve(flags.home));
try {
  if (positionals[0] === "loads") await benchSizes(cluster, positionals.slice(1).map(Number));
  else await benchAll(cluster);
} finally {
  await cluster.stop();
}
