/** Times in milliseconds, and where a run's figures are kept: results.json, the last of each. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "#infra/parts/run.ts";

const file = join(import.meta.dirname, "results.json");

export interface Spread {
  readonly p50: number;
  readonly p95: number;
  readonly of: number;
}

export const toSpread = (times: readonly number[]): Spread => {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number): number =>
    Math.round((sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN) * 10) / 10;
  return { p50: at(0.5), p95: at(0.95), of: times.length };
};

/** One after the other. */
export const timeEach = async (count: number, work: () => Promise<unknown>): Promise<number[]> => {
  const times: number[] = [];
  for (let done = 0; done < count; done += 1) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  return times;
};

export const record = async (name: string, figures: object): Promise<void> => {
  const before = JSON.parse(await readFile(file, "utf8").catch(() => "{}")) as object;
  const commit = (await run("git", ["rev-parse", "--short", "HEAD"])).trim();
  const date = new Date().toISOString().slice(0, 10);
  const after = { ...before, [name]: { ...figures, date, commit } };
  await writeFile(file, `${JSON.stringify(after, null, 2)}\n`);
};
