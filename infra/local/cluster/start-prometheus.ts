/**
 * Starts what watches the cluster, once it serves. The first time its programs have to be built,
 * which takes minutes; whatever fails here leaves the cluster as it is.
 */
import { findPrometheusParts } from "#infra/parts/parts.ts";
import type { Context } from "./context.ts";
import type { Account } from "./launch.ts";
import { toPorts } from "./layout.ts";
import { writeTargets } from "./prometheus-targets.ts";
import { prometheusUnits, writePrometheus } from "./prometheus-units.ts";
import { readSettings } from "./settings.ts";
import type { Supervisor } from "./supervisor.ts";
import { serveMetrics } from "./supervisor-metrics.ts";

export interface StartPrometheus {
  readonly context: Context;
  readonly supervisor: Supervisor;
  readonly account: Account | undefined;
  readonly log: (text: string) => void;
  /** What people should know meanwhile; undefined once there is nothing. */
  readonly warn: (warning: string | undefined) => void;
}

export const startPrometheus = async (deps: StartPrometheus): Promise<void> => {
  const { context, supervisor, account, log, warn } = deps;
  try {
    let last = "";
    const parts = await findPrometheusParts((part) => {
      if (part !== last) log(`monitoring: building ${part}`);
      warn("Prometheus is being built: there are no alerts yet");
      last = part;
    });
    await writePrometheus(context, account);
    // As they are now: some may have joined since the start.
    const { basePort, tablets } = (await readSettings(context.paths)) ?? context.settings;
    await writeTargets(context.paths, toPorts(basePort, tablets).tablets);
    await serveMetrics(context.ports.prometheus.supervisor, supervisor.status);
    await Promise.all(prometheusUnits(context, parts).map(supervisor.start));
    log("monitoring runs");
    warn(undefined);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log(`monitoring: ${reason}`);
    warn(`Prometheus does not run: ${reason.split("\n")[0]}`);
  }
};
