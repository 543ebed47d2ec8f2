/**
 * Runs a bench in a network of its own, with a distance between the data centers: every packet on its
 * way from one to the other is held back, those of MySQL's replication included (distance/main.go).
 * The kernel needs no netem for it. Needs root.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = join(import.meta.dirname, "distance");

/** `roundTripMs`: there and back. Answers the exit code. */
export const runAtDistance = (roundTripMs: number, command: readonly string[]): number => {
  const made = mkdtempSync(join(tmpdir(), "tagenal-distance-"));
  try {
    const program = join(made, "distance");
    const built = spawnSync("go", ["build", "-o", program, "."], { cwd: folder, stdio: "inherit" });
    if (built.status !== 0) throw new Error("go could not build test/bench/distance");
    const args = [join(folder, "run.sh"), program, `${roundTripMs / 2}ms`, ...command];
    return spawnSync("sh", args, { stdio: "inherit" }).status ?? 1;
  } finally {
    rmSync(made, { recursive: true });
  }
};
