/** When, where and on what a bench ran. */
import { execFileSync } from "node:child_process";
import { cpus, loadavg, totalmem } from "node:os";

const git = (...args: string[]): string =>
  execFileSync("git", args, { cwd: import.meta.dirname, encoding: "utf8" }).trim();

export const describeRun = () => ({
  date: new Date().toISOString(),
  commit: git("rev-parse", "HEAD"),
  hasLocalChanges: git("status", "--porcelain", "--untracked-files=no") !== "",
  node: process.version,
  machine: {
    processor: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    // Of the minute before: what else the machine had to do shows here.
    loadBefore: loadavg()[0],
  },
  // Both data centers are on this machine, and nothing delays what goes between them.
  distanceBetweenDataCentersMs: 0,
});
