/**
 * Keeps the result of the last run of each test of this suite in results.json, with its date and
 * commit: the suite takes long and runs seldom, and what is committed says when it was last seen.
 * Each is written once it is known: a run may be cut off.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Reporter, TestCase, TestModule } from "vitest/node";
import type { Figures } from "./keep-figures.ts";

const folder = import.meta.dirname;
const resultsFile = join(folder, "results.json");

interface Kept {
  readonly state: string;
  readonly seconds: number;
  readonly figures?: Figures;
  readonly date: string;
  readonly commit: string;
}

type Results = Readonly<Record<string, Kept>>;

const describeCommit = (): string => {
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: folder, encoding: "utf8" }).trim();
  // What is kept here is no change of what was run.
  const changed = git("status", "--porcelain", "--untracked-files=no", "--", ":!results.json");
  return `${git("rev-parse", "--short", "HEAD")}${changed === "" ? "" : " with changes"}`;
};

const change = (toAfter: (before: Results) => Results): void => {
  const after = toAfter(JSON.parse(readFileSync(resultsFile, "utf8")) as Results);
  const sorted = Object.entries(after).sort(([one], [other]) => (one < other ? -1 : 1));
  writeFileSync(resultsFile, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
};

const fileOf = ({ moduleId }: TestModule): string => relative(folder, moduleId);
const nameOf = (test: TestCase): string => `${fileOf(test.module)}: ${test.fullName}`;

export default class KeepResults implements Reporter {
  readonly #last = { date: new Date().toISOString().slice(0, 10), commit: describeCommit() };

  onTestCaseResult(test: TestCase): void {
    const { state } = test.result();
    // A run may ask for a few of the tests only.
    if (state === "pending" || state === "skipped") return;
    const seconds = Math.round((test.diagnostic()?.duration ?? 0) / 1_000);
    const { figures } = test.meta();
    const kept = { state, seconds, ...(figures && { figures }), ...this.#last };
    change((before) => ({ ...before, [nameOf(test)]: kept }));
  }

  /** Tests that are no longer there; what runs of the matrix is asked for by name, so its cells stay. */
  onTestRunEnd(modules: readonly TestModule[]): void {
    const known = new Set(modules.flatMap((one) => [...one.children.allTests()].map(nameOf)));
    const files = modules.map(fileOf).filter((file) => file !== "matrix.test.ts");
    const isStale = (name: string): boolean =>
      !known.has(name) && files.some((file) => name.startsWith(`${file}: `));
    change((before) =>
      Object.fromEntries(Object.entries(before).filter(([name]) => !isStale(name))),
    );
  }
}
