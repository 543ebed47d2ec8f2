/**
 * One process of one function: functions-framework with the function's bundle.
 *
 * 1. It listens on a socket file in a folder that only its user and root can enter. The framework
 *    binds a port on every interface, where anybody near could post to an event function.
 * 2. The framework's binary is started directly (npm would swallow signals), and the kernel kills
 *    the process with its parent, however that ends.
 * 3. It gets the environment that its manifest lists, where to send telemetry, and nothing else of
 *    ours.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import type { FunctionService } from "./services.ts";

export interface FunctionFolders {
  /** Holds <function>/index.mjs. */
  readonly bundles: string;
  readonly logs: string;
  readonly sockets: string;
}

export interface ProcessSettings {
  readonly folders: FunctionFolders;
  /** Values for the keys that manifests take from the cluster; they also replace plain ones. */
  readonly env: Readonly<Record<string, string>>;
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  readonly startTimeoutMs: number;
}

export interface FunctionProcess {
  readonly pid: number;
  readonly socket: string;
  /** Where it tells its metrics, if it does. */
  readonly metricsSocket: string;
  readonly pool: Pool;
  readonly exited: Promise<unknown>;
  isAlive(): boolean;
  /** Whether it answers its readiness probe within the time. */
  isAnswering(timeoutMs: number): Promise<boolean>;
  kill(signal: "SIGTERM" | "SIGKILL"): void;
}

/** An address with as many keys as a filter takes is longer than Node lets it be by itself. */
export const LARGEST_HEADERS_BYTES = 64 * 1024;
const PROBE_EVERY_MS = 25;
const DEFAULT_PROBE = "/healthz";
const LARGEST_LOG_BYTES = 32 * 1024 * 1024;

const framework = join(
  dirname(createRequire(import.meta.url).resolve("@google-cloud/functions-framework")),
  "main.js",
);
const setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].find((path) => existsSync(path));

const openLog = async (file: string) => {
  const size = await stat(file).then(
    ({ size }) => size,
    () => 0,
  );
  if (size > LARGEST_LOG_BYTES) await rename(file, `${file}.1`);
  return open(file, "a");
};

/** Every function takes these; on Kubernetes from a ConfigMap of their own. */
const telemetryKeys = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_SAMPLER_ARG"];

const pick = (values: Readonly<Record<string, string>>, keys: readonly string[]) =>
  Object.fromEntries(Object.entries(values).filter(([key]) => keys.includes(key)));

interface Sockets {
  readonly socket: string;
  readonly metricsSocket: string;
}

const environmentOf = (
  { name, env }: FunctionService,
  values: Readonly<Record<string, string>>,
  { socket, metricsSocket }: Sockets,
): NodeJS.ProcessEnv => {
  const wanted = Object.entries(env).map(([key, value]) => [key, values[key] ?? value]);
  const { PATH, LOG_LEVEL } = process.env;
  return {
    NODE_ENV: "production",
    PATH,
    ...(LOG_LEVEL === undefined ? {} : { LOG_LEVEL }),
    ...pick(values, telemetryKeys),
    ...(values["METRICS_PORT"] === undefined ? {} : { METRICS_PORT: metricsSocket }),
    ...Object.fromEntries(wanted.filter(([, value]) => value !== undefined)),
    K_SERVICE: name,
    FUNCTION_TARGET: name,
    FUNCTION_SIGNATURE_TYPE: "http",
    PORT: socket,
  };
};

const launch = async (
  service: FunctionService,
  { folders, env, user }: ProcessSettings,
  sockets: Sockets,
): Promise<{ child: ChildProcess; exited: Promise<unknown> }> => {
  const bundle = join(folders.bundles, service.name, "index.mjs");
  const headers = `--max-http-header-size=${LARGEST_HEADERS_BYTES}`;
  const command = [process.execPath, headers, framework, "--source", bundle];
  const [file = "", ...args] =
    setpriv === undefined ? command : [setpriv, "--pdeathsig", "KILL", "--", ...command];
  const log = await openLog(join(folders.logs, `${service.name}.log`));
  try {
    const child = spawn(file, args, {
      cwd: folders.sockets,
      env: environmentOf(service, env, sockets),
      stdio: ["ignore", log.fd, log.fd],
      ...user,
    });
    // Before anything is awaited: it may end at once.
    const exited = new Promise((resolve) => child.once("exit", resolve));
    await once(child, "spawn");
    return { child, exited };
  } finally {
    await log.close();
  }
};

const createProbe =
  (pool: Pool, path: string | undefined) =>
  async (timeoutMs: number): Promise<boolean> => {
    try {
      const { statusCode, body } = await pool.request({
        path: path ?? DEFAULT_PROBE,
        method: "GET",
        signal: AbortSignal.timeout(timeoutMs),
      });
      await body.dump();
      // As on Knative: a declared probe has to succeed, otherwise it is enough to listen.
      return path === undefined || (statusCode >= 200 && statusCode < 400);
    } catch {
      return false;
    }
  };

const untilAnswering = async (started: FunctionProcess, timeoutMs: number): Promise<void> => {
  const deadline = performance.now() + timeoutMs;
  while (started.isAlive()) {
    if (await started.isAnswering(1_000)) return;
    if (performance.now() > deadline) throw new Error(`not ready after ${timeoutMs} ms`);
    await sleep(PROBE_EVERY_MS);
  }
  throw new Error("it ended before it was ready");
};

/** Resolves once it answers; throws, with nothing left behind, when it does not. */
export const startFunctionProcess = async (
  service: FunctionService,
  settings: ProcessSettings,
): Promise<FunctionProcess> => {
  const socket = join(settings.folders.sockets, `${service.name}.sock`);
  const metricsSocket = join(settings.folders.sockets, `${service.name}.metrics`);
  await Promise.all([socket, metricsSocket].map((path) => rm(path, { force: true })));
  const { child, exited } = await launch(service, settings, { socket, metricsSocket });
  const pool = new Pool("http://function", {
    connect: { socketPath: socket },
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const started: FunctionProcess = {
    pid: child.pid ?? 0,
    socket,
    metricsSocket,
    pool,
    exited,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    isAnswering: createProbe(pool, service.readinessPath),
    kill: (signal) => {
      child.kill(signal);
    },
  };
  exited.finally(() => pool.destroy()).catch(() => {});
  try {
    await untilAnswering(started, settings.startTimeoutMs);
  } catch (error) {
    started.kill("SIGKILL");
    await exited;
    throw error;
  }
  return started;
};
