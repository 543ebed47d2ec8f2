/**
 * `tagenal up`: from a clone to a serving system, showing each step.
 *
 * The supervisor is a process of its own. In the foreground it is tied to this one: Ctrl-C, or the
 * death of this process, stops everything in order. With --detach it stays.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { Listr, type ListrTask, PRESET_TIMER } from "listr2";
import { buildFunctions } from "#infra/build.ts";
import { stepNames } from "#infra/local/cluster/bring-up.ts";
import { askDetach, askStatus, type ClusterStatus } from "#infra/local/cluster/control.ts";
import type { Paths } from "#infra/local/cluster/layout.ts";
import { homeTaken } from "#infra/local/cluster/leftovers.ts";
import { findParts, type Parts } from "#infra/parts/parts.ts";
import { stopCluster } from "./down.ts";
import { findEntryPort, findPaths } from "./home.ts";
import { checkMachine, Remedy } from "./preflight.ts";
import { loadSample } from "./sample.ts";
import { duration, say } from "./say.ts";
import { watchStatus } from "./watch-status.ts";

interface UpOptions {
  readonly detach?: boolean;
  readonly empty?: boolean;
  /** False with --no-monitoring. */
  readonly monitoring: boolean;
  readonly prometheus: boolean;
}

const supervisorLog = (paths: Paths): string => join(paths.logs, "supervisor.log");

interface Start {
  readonly entryPort: number;
  readonly parts: Parts;
  readonly prometheus: boolean;
}

const startSupervisor = (paths: Paths, start: Start): ChildProcess => {
  mkdirSync(paths.logs, { recursive: true });
  mkdirSync(paths.sockets, { recursive: true });
  const log = openSync(supervisorLog(paths), "a");
  const main = join(import.meta.dirname, "../local/cluster/main.ts");
  const settings = JSON.stringify({ home: paths.home, ...start });
  return spawn(process.execPath, [main, settings], {
    detached: true,
    stdio: ["ignore", log, log, "ipc"],
  });
};

/** What this process knows of the supervisor, asked a few times a second. */
interface Following {
  readonly child: ChildProcess;
  status: ClusterStatus | undefined;
  isOver: boolean;
}

const follow = async (paths: Paths, following: Following): Promise<void> => {
  while (!following.isOver) {
    following.status = (await askStatus(paths).catch(() => undefined)) ?? following.status;
    const { exitCode, signalCode } = following.child;
    if (exitCode !== null || signalCode !== null) following.isOver = true;
    await sleep(150);
  }
};

/** Why the step will not be done any more, if so. */
const findFailure = ({ status, isOver, child }: Following, paths: Paths): string | undefined => {
  if (status?.phase === "failed") return status.problem ?? "The start failed";
  if (child.exitCode === homeTaken)
    return "Another start of this home is under way: npx tagenal status";
  if (isOver || status?.phase === "stopping")
    return `The supervisor ended; see ${supervisorLog(paths)}`;
  return undefined;
};

const stepTask = (name: string, following: Following, paths: Paths): ListrTask => ({
  title: name,
  task: async () => {
    const state = () => following.status?.steps.find((step) => step.name === name)?.state;
    while (state() !== "done") {
      const failure = findFailure(following, paths);
      if (failure) throw new Remedy(failure);
      await sleep(100);
    }
  },
});

interface Progress {
  parts?: Parts;
}

const prepareTasks = (progress: Progress, { monitoring }: UpOptions): readonly ListrTask[] => [
  {
    title: `programs: Vitess, etcd, versitygw, MySQL, Redis${monitoring ? ", monitoring" : ""}`,
    task: async (_, task) => {
      // Without a terminal every output stays: one line a part, not one a package.
      let last = "";
      const show = (part: string, line: string): void => {
        if (process.stdout.isTTY) task.output = `${part}: ${line}`;
        else if (part !== last) task.output = part;
        last = part;
      };
      progress.parts = await findParts(show, { monitoring });
    },
  },
  { title: "functions", task: async () => buildFunctions() },
];

const listrOptions = {
  concurrent: true,
  exitOnError: true,
  // Its own answer to Ctrl-C is to exit at once; ours stops the cluster first.
  registerSignalListeners: false,
  rendererOptions: { timer: PRESET_TIMER, collapseErrors: false },
  fallbackRendererOptions: { timer: PRESET_TIMER },
} as const;

const explain = (paths: Paths, status: ClusterStatus): void => {
  const token = `$(cat ${paths.token})`;
  say("");
  say(`Tagenal serves at ${status.url}`);
  say(`  SQL by vtgate and all other addresses: ${paths.clusterFile}`);
  say(`  token for writes and operations: ${paths.token}`);
  say("");
  say("Try:");
  say(`  curl '${status.url}/v1/users?region=Beijing&limit=3'`);
  say(`  curl '${status.url}/v1/users/1/reads?limit=3'`);
  say(`  curl -H "Authorization: Bearer ${token}" '${status.url}/v1/operations'`);
  say("");
};

/** Bring the cluster up and load the sample; answers once it serves. */
const serve = async (paths: Paths, options: UpOptions): Promise<ClusterStatus> => {
  const entryPort = await findEntryPort(paths);
  await checkMachine(paths, entryPort);
  const progress: Progress = {};
  await new Listr([...prepareTasks(progress, options)], {
    ...listrOptions,
    concurrent: false,
  }).run();
  if (!progress.parts) throw new Error("The programs were not found");
  const child = startSupervisor(paths, {
    entryPort,
    parts: progress.parts,
    prometheus: options.monitoring && options.prometheus,
  });
  const following: Following = { child, status: undefined, isOver: false };
  const loop = follow(paths, following);
  try {
    const tasks = stepNames.map((name) => stepTask(name, following, paths));
    await new Listr(tasks, listrOptions).run();
    while (following.status?.phase === "starting") await sleep(50);
    if (!options.empty) await loadSample(paths, `http://127.0.0.1:${entryPort}`);
    const status = await askStatus(paths);
    if (status?.phase !== "serving") throw new Remedy("The cluster did not come to serve");
    if (options.detach) {
      await askDetach(paths);
      child.disconnect();
      child.unref();
    }
    return status;
  } finally {
    following.isOver = true;
    await loop;
  }
};

/** Ctrl-C at any moment: once stops everything in order. */
const stopOnSignals = (paths: Paths): void => {
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    say("\nStopping …");
    stopCluster(paths).then(
      () => {
        say("Stopped; the data stays. `npm run up` continues with it.");
        process.exit(130);
      },
      (error: Error) => {
        say(error.message);
        process.exit(1);
      },
    );
  };
  process.on("SIGINT", stop).on("SIGTERM", stop).on("SIGHUP", stop);
  // Killed without a word, the caller leaves us to another parent.
  const { ppid } = process;
  setInterval(() => process.ppid !== ppid && stop(), 1_000).unref();
};

const up = async (options: UpOptions): Promise<void> => {
  const paths = findPaths();
  const running = await askStatus(paths);
  if (running) {
    say(`Already ${running.phase} at ${running.url}; \`npm run down\` stops it.`);
    process.exitCode = running.phase === "serving" ? 0 : 1;
    return;
  }
  const start = Date.now();
  stopOnSignals(paths);
  try {
    const status = await serve(paths, options);
    say(`\nServing after ${duration(Date.now() - start)}.`);
    explain(paths, status);
  } catch (error) {
    await stopCluster(paths);
    throw error;
  }
  if (options.detach) return;
  await watchStatus(paths);
};

export const registerUp = (program: Command): void => {
  program
    .command("up")
    .description("start the local cluster and stay with it; Ctrl-C stops it")
    .option("--detach", "return once it serves")
    .option("--empty", "load no sample data")
    .option("--no-monitoring", "without Prometheus, Alertmanager and Jaeger")
    .option("--no-prometheus", "with Jaeger alone")
    .action(up);
};
