/** `tagenal down`: stop the cluster, and on request forget its data. */
import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { askStatus, askStop } from "#infra/local/cluster/control.ts";
import type { Paths } from "#infra/local/cluster/layout.ts";
import { endLeftovers } from "#infra/local/cluster/leftovers.ts";
import { exists } from "#infra/parts/cache.ts";
import { findPaths } from "./home.ts";
import { say } from "./say.ts";

/** Stop whatever runs of the home; resolves once no process of it is left. */
export const stopCluster = async (paths: Paths): Promise<boolean> => {
  const asked = await askStop(paths);
  if (asked) while (await askStatus(paths).catch(() => true)) await sleep(100);
  const leftovers = await endLeftovers(paths);
  return asked !== undefined || leftovers.length > 0;
};

/** Only a folder that is ours may be deleted. */
const purge = async (paths: Paths): Promise<void> => {
  if (!(await exists(paths.home))) return;
  if (!(await exists(paths.clusterFile)))
    throw new Error(`${paths.home} holds no cluster (no cluster.json): not deleted`);
  await rm(paths.sockets, { recursive: true, force: true });
  await rm(paths.home, { recursive: true, force: true });
};

export const registerDown = (program: Command): void => {
  program
    .command("down")
    .description("stop the local cluster; its data stays")
    .option("--purge", "forget its data too")
    .action(async (options: { purge?: boolean }) => {
      const paths = findPaths();
      const wasRunning = await stopCluster(paths);
      say(wasRunning ? "Stopped." : `Nothing runs in ${paths.home}.`);
      if (!options.purge) return;
      await purge(paths);
      say(`Forgot ${paths.home}.`);
    });
};
