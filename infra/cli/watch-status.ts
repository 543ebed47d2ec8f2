/** The live status below a foreground `up`: one line on a terminal, changes alone without one. */
import { setTimeout as sleep } from "node:timers/promises";
import { askStatus, type ClusterStatus } from "#infra/local/cluster/control.ts";
import type { Paths } from "#infra/local/cluster/layout.ts";
import { duration, say } from "./say.ts";

const summarise = ({ phase, units, since }: ClusterStatus): string => {
  const running = units.filter(({ state }) => state === "running").length;
  const restarts = units.reduce((sum, unit) => sum + unit.restarts, 0);
  const up = duration(Date.now() - since);
  return `${phase} for ${up}: ${running} of ${units.length} processes run, ${restarts} restarts. Ctrl-C stops it all.`;
};

/** What is worth a line of its own: processes that are not as they should be, warnings. */
const complaints = ({ units, warnings }: ClusterStatus): string =>
  units
    .filter(({ state }) => state !== "running")
    .map(({ name, state, lastExit }) => `${name} ${state}${lastExit ? ` (${lastExit})` : ""}`)
    // The space left changes all the time; that it is short is said once.
    .concat(warnings.map((warning) => warning.replace(/\d+ MiB/, "little space")))
    .join(", ");

/** Resolves when the supervisor is gone. */
export const watchStatus = async (paths: Paths): Promise<void> => {
  const isTerminal = process.stdout.isTTY;
  let lastComplaints = "";
  for (;;) {
    const status = await askStatus(paths).catch(() => undefined);
    if (!status) break;
    const now = complaints(status);
    if (isTerminal) process.stdout.write("\r\u001b[K");
    if (now !== lastComplaints) say(now || "All processes run again.");
    lastComplaints = now;
    if (isTerminal) process.stdout.write(summarise(status));
    await sleep(1_000);
  }
  say("\nThe supervisor has ended.");
  process.exitCode = 1;
};
