/**
 * Keeps the result of the last run of each test of this suite in results.json, with its date and
 * commit: the suite takes long and runs seldom, and what is committed says when it was last seen.
 */
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Reporter, TestModule } from "vitest/node";

const resultsFile = join(import.meta.dirname, "results.json");

interface Kept {
  readonly state: string;
  readonly seconds: number;
  readonly date: string;
  readonly commit: string;
}

const describeCommit = (): string => {
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: import.meta.dirname, encoding: "utf8" }).trim();
  const isChanged = git("status", "--porcelain", "--untracked-files=no") !== "";
  return `${git("rev-parse", "--short", "HEAD")}${isChanged ? " with changes" : ""}`;
};

export default class KeepResults implements Reporter {
  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    const before = JSON.parse(await readFile(resultsFile, "utf8").catch(() => "{}")) as object;
    const last = { date: new Date().toISOString().slice(0, 10), commit: describeCommit() };
    const found: Record<string, Kept> = {};
    const known = new Set<string>();
    const files = modules.map(({ moduleId }) => relative(import.meta.dirname, moduleId));
    for (const [index, module] of modules.entries())
      for (const test of module.children.allTests()) {
        const name = `${files[index]}: ${test.fullName}`;
        known.add(name);
        const { state } = test.result();
        // A run may ask for a few of the tests only.
        if (state === "pending" || state === "skipped") continue;
        const seconds = Math.round((test.diagnostic()?.duration ?? 0) / 1_000);
        found[name] = { state, seconds, ...last };
      }
    const isStale = (name: string): boolean =>
      !known.has(name) && files.some((file) => name.startsWith(`${file}: `));
    const after = Object.fromEntries(
      Object.entries({ ...before, ...found })
        .filter(([name]) => !isStale(name))
        .sort(([one], [other]) => (one < other ? -1 : 1)),
    );
    await writeFile(resultsFile, `${JSON.stringify(after, null, 2)}\n`);
  }
}
