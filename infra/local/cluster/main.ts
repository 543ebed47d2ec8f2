/**
 * The supervisor of one local cluster, started by `tagenal up`.
 *
 * 1. It is tied to the process that started it until told to detach: when that one dies, even by
 *    SIGKILL, everything is stopped in order.
 * 2. When it dies itself, the kernel asks its processes to end (launch.ts), and the next start
 *    waits for them (leftovers.ts).
 */
import { writeSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import type { Parts } from "#infra/parts/parts.ts";
import { bringUp, hasData, type Step, stepNames, tearDown } from "./bring-up.ts";
import type { Context } from "./context.ts";
import { type ClusterStatus, type StepStatus, serveControl } from "./control.ts";
import { watchSpace } from "./disk-space.ts";
import { findAccount } from "./launch.ts";
import { toPaths, toPorts } from "./layout.ts";
import { endLeftovers, homeTaken, lockHome, recordProcesses } from "./leftovers.ts";
import { prepareSettings } from "./settings.ts";
import { startPrometheus } from "./start-prometheus.ts";
import { createSupervisor } from "./supervisor.ts";
import { createFleet, finishRemovals } from "./tablet-fleet.ts";
import { serveTablets } from "./tablets-server.ts";

interface Arguments {
  readonly home: string;
  readonly entryPort: number;
  readonly parts: Parts;
  readonly prometheus: boolean;
}

/** Its log file is its standard output. On a full disk it goes on without. */
const log = (text: string): void => {
  try {
    writeSync(1, `${new Date().toISOString()} ${text}\n`);
  } catch {
    // Nobody else could be told either.
  }
};

const supervise = async ({ home, entryPort, parts, prometheus }: Arguments): Promise<void> => {
  const paths = toPaths(home);
  if (!(await lockHome(paths))) {
    log("another supervisor has this home");
    process.exit(homeTaken);
  }
  const root = join(import.meta.dirname, "../../..");
  for (const name of await endLeftovers(paths)) log(`ended ${name} of an earlier start`);
  const { settings: found, moved } = await prepareSettings(paths, entryPort);
  const settings = await finishRemovals(paths, found);
  const context: Context = {
    parts,
    paths,
    ports: toPorts(settings.basePort, settings.tablets),
    settings,
    root,
    prometheus,
  };
  const account = await findAccount([home, root, parts.vitess, parts.mysqlRoot]);
  const hadData = await hasData(context);
  const steps = new Map<string, StepStatus>(
    stepNames.map((name) => [name, { name, state: "waiting" }]),
  );
  const space = watchSpace(paths.home, log);
  let phase: ClusterStatus["phase"] = "starting";
  let problem: string | undefined;
  let prometheusWarning: string | undefined;
  let isDetached = false;
  let recording = Promise.resolve();
  const supervisor = createSupervisor({
    logs: paths.logs,
    account,
    onChange: ({ name, state, lastExit }) => {
      log(`${name}: ${state}${lastExit && state === "waiting" ? ` (${lastExit})` : ""}`);
      recording = recording
        .then(() => recordProcesses(paths, supervisor.status()))
        .catch((error: Error) => log(`processes.json: ${error.message}`));
    },
  });
  const step: Step = async (name, work) => {
    const start = Date.now();
    const end = (state: StepStatus["state"]): void => {
      steps.set(name, { name, state, milliseconds: Date.now() - start });
    };
    steps.set(name, { name, state: "running" });
    try {
      const result = await work();
      end("done");
      return result;
    } catch (error) {
      end("failed");
      throw error;
    }
  };
  const stop = async (code: number): Promise<never> => {
    await tearDown(supervisor);
    await recording;
    log("stopped");
    process.exit(code);
  };
  const requestStop = (reason: string): void => {
    if (phase === "stopping") return;
    phase = "stopping";
    log(`stopping: ${reason}`);
    stop(0).catch((error: Error) => log(inspect(error)));
  };
  await serveControl(paths, {
    status: () => ({
      phase,
      pid: process.pid,
      url: `http://127.0.0.1:${settings.entryPort}`,
      since: startedAt,
      hadData,
      steps: [...steps.values()],
      units: supervisor.status(),
      ...(problem === undefined ? {} : { problem }),
      warnings: [space.warning(), prometheusWarning].filter((warning) => warning !== undefined),
    }),
    stop: () => requestStop("asked by the command line"),
    detach: () => {
      isDetached = true;
    },
  });
  await serveTablets(
    paths.tabletsSocket,
    account,
    createFleet({ context, supervisor, account, warning: space.warning, log }),
  );
  process.on("SIGTERM", requestStop).on("SIGINT", requestStop);
  process.on("disconnect", () => {
    if (!isDetached) requestStop("its caller has gone");
  });
  if (process.send && !process.connected) requestStop("its caller has gone");
  try {
    await bringUp({ context, supervisor, account, moved, hadData }, step);
    if (phase === "starting") phase = "serving";
    log("serving");
    if (prometheus) {
      const warn = (warning: string | undefined): void => {
        prometheusWarning = warning;
      };
      await startPrometheus({ context, supervisor, account, log, warn });
    }
  } catch (error) {
    log(inspect(error));
    if (phase !== "starting") return;
    phase = "failed";
    problem = error instanceof Error ? error.message : String(error);
  }
};

const startedAt = Date.now();
process.on("unhandledRejection", (error) => log(`unhandled: ${inspect(error)}`));
await supervise(JSON.parse(process.argv[2] ?? "") as Arguments);
