/**
 * Keeps at most one process of a function: started at first use, again after it died, replaced
 * when it hangs. A function that does not start is tried again with growing pauses; meanwhile
 * callers are told at once instead of being kept waiting.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "#shared/log.ts";
import { defineCounter, defineDurations } from "#shared/metrics.ts";
import { Problem } from "#shared/problem.ts";
import type { FunctionProcess } from "./function-process.ts";

export type KeeperState = "idle" | "starting" | "ready" | "failed" | "stopped";

export interface Keeper {
  /** Rejects with `unavailable` when it cannot be started. */
  ready(): Promise<FunctionProcess>;
  /** A request timed out: if the process does not even answer its probe, end it. */
  suspect(process: FunctionProcess): Promise<void>;
  describe(): { readonly state: KeeperState; readonly pid: number | undefined };
  stop(): Promise<void>;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
const PROBE_MS = 3_000;
const STOP_MS = 2_000;

const startDuration = defineDurations(
  "tagenal_function_start_duration_seconds",
  "Cold starts, from the launch to the first answer.",
);
const startFailures = defineCounter("tagenal_function_start_failures_total", "Vain starts.");

export const createKeeper = (
  name: string,
  start: () => Promise<FunctionProcess>,
  log: Log,
): Keeper => {
  let state: KeeperState = "idle";
  let current: Promise<FunctionProcess> | undefined;
  let running: FunctionProcess | undefined;
  let failures = 0;
  let notBefore = 0;

  const unavailable = (detail: string, cause?: unknown): Problem =>
    new Problem("unavailable", `${name} ${detail}`, { cause, headers: { "retry-after": "1" } });

  const onExit = (ended: FunctionProcess): void => {
    log.warn({ function: name, functionPid: ended.pid }, "function ended");
    if (running !== ended) return;
    running = undefined;
    current = undefined;
    if (state !== "stopped") state = "idle";
  };

  const onFailure = (cause: unknown): Problem => {
    failures += 1;
    notBefore = Date.now() + Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
    current = undefined;
    startFailures({ function: name });
    if (state !== "stopped") state = "failed";
    log.error({ function: name, failures, err: cause }, "function does not start");
    return unavailable("does not start; its log says why", cause);
  };

  const begin = async (): Promise<FunctionProcess> => {
    try {
      const startedAt = performance.now();
      const started = await start();
      running = started;
      failures = 0;
      started.exited.finally(() => onExit(started)).catch(() => {});
      if (state === "stopped") started.kill("SIGTERM");
      else state = "ready";
      const ms = Math.round(performance.now() - startedAt);
      startDuration(ms / 1_000, { function: name });
      log.info({ function: name, functionPid: started.pid, ms }, "function ready");
      return started;
    } catch (error) {
      throw onFailure(error);
    }
  };

  return {
    ready: async () => {
      if (state === "stopped") throw unavailable("is being stopped");
      if (current !== undefined) return current;
      if (Date.now() < notBefore) throw unavailable("did not start; its log says why");
      state = "starting";
      current = begin();
      return current;
    },
    suspect: async (process) => {
      if (process !== running || (await process.isAnswering(PROBE_MS))) return;
      log.error({ function: name, functionPid: process.pid }, "function hangs; replacing it");
      process.kill("SIGKILL");
    },
    describe: () => ({ state, pid: running?.pid }),
    stop: async () => {
      state = "stopped";
      const process = running ?? (await current?.catch(() => undefined));
      if (process === undefined) return;
      process.kill("SIGTERM");
      await Promise.race([process.exited, sleep(STOP_MS, undefined, { ref: false })]);
      process.kill("SIGKILL");
      await process.exited;
    },
  };
};
