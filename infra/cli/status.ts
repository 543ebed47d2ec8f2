/** `tagenal status`: each process of the local cluster. */
import type { Command } from "commander";
import { askStatus, type ClusterStatus } from "#infra/local/cluster/control.ts";
import { findPaths } from "./home.ts";
import { duration, say } from "./say.ts";
import { toTable } from "./table.ts";

const toLines = ({
  phase,
  url,
  pid,
  units,
  problem,
  warnings,
}: ClusterStatus): readonly string[] => {
  const rows = units.map((unit) => [
    unit.name,
    unit.state,
    unit.pid === undefined ? "-" : String(unit.pid),
    duration(Date.now() - unit.since),
    String(unit.restarts),
    unit.lastExit ?? "",
  ]);
  const lines = toTable([["process", "state", "pid", "for", "restarts", "last end"], ...rows]);
  const remarks = [...(problem ? [problem] : []), ...warnings];
  return [`${phase} at ${url} (supervisor ${pid})`, ...remarks, "", ...lines];
};

export const registerStatus = (program: Command): void => {
  program
    .command("status")
    .description("each process of the local cluster")
    .option("--json", "as JSON")
    .action(async (options: { json?: boolean }) => {
      const paths = findPaths();
      const status = await askStatus(paths);
      if (!status) {
        say(options.json ? "null" : `Nothing runs in ${paths.home}.`);
        process.exitCode = 1;
        return;
      }
      if (options.json) say(JSON.stringify(status, null, 2));
      else for (const line of toLines(status)) say(line);
      if (status.phase !== "serving") process.exitCode = 1;
    });
};
