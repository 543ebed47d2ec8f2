/**
 * Runs one function: its process, its concurrency, its timeout. Problems it throws: `unavailable`
 * (does not start, line full, died under the request), `timeout`, `too-large`.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Log } from "#shared/log.ts";
import { isProblem, Problem } from "#shared/problem.ts";
import { inPart } from "#shared/trace-context.ts";
import { createSlots } from "../slots.ts";
import { askSocket } from "./ask-socket.ts";
import { forward } from "./forward.ts";
import {
  type FunctionProcess,
  type ProcessSettings,
  startFunctionProcess,
} from "./function-process.ts";
import { createKeeper, type Keeper, type KeeperState } from "./keeper.ts";
import type { FunctionService } from "./services.ts";

export interface FunctionStatus {
  readonly name: string;
  readonly state: KeeperState;
  readonly pid: number | null;
  /** Requests so far. */
  readonly requests: number;
  /** Those not answered yet, waiting ones included. */
  readonly inFlight: number;
}

export interface Runner {
  readonly name: string;
  handle(request: IncomingMessage, response: ServerResponse, path: string): Promise<void>;
  describe(): FunctionStatus;
  /** Of its process; empty where none runs. */
  readMetrics(): Promise<string>;
  stop(): Promise<void>;
}

const LONGEST_LINE = 1_000;

/** Aborts with the reason when the caller leaves or the time is up. */
const watch = (response: ServerResponse, timeout: Problem, timeoutMs: number) => {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(timeout), timeoutMs);
  const onClose = (): void => {
    if (!response.writableFinished) controller.abort(new Error("the caller has gone"));
  };
  response.once("close", onClose);
  return {
    signal: controller.signal,
    end: (): void => {
      clearTimeout(timer);
      response.off("close", onClose);
    },
  };
};

export const createRunner = (
  service: FunctionService,
  settings: ProcessSettings,
  log: Log,
): Runner => {
  const { name, concurrency, timeoutSeconds } = service;
  const keeper: Keeper = createKeeper(name, () => startFunctionProcess(service, settings), log);
  const slots = createSlots(concurrency, LONGEST_LINE);
  let requests = 0;
  let inFlight = 0;

  const startIfNeeded = (): Promise<FunctionProcess> =>
    keeper.describe().state === "ready"
      ? keeper.ready()
      : inPart(
          () => ({ name: `start ${name}` }),
          () => keeper.ready(),
        );

  const pass = async (
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
  ): Promise<void> => {
    // Before the clock runs: on Knative too a cold start is not the function's time.
    const process = await startIfNeeded();
    const timeout = new Problem("timeout", `${name} did not answer within ${timeoutSeconds} s`);
    const { signal, end } = watch(response, timeout, timeoutSeconds * 1_000);
    try {
      const release = await slots.take(signal);
      await forward(process.pool, request, response, { path, signal }).finally(release);
    } catch (error) {
      if (signal.reason === timeout) keeper.suspect(process).catch(() => {});
      const reason: unknown = signal.aborted ? signal.reason : error;
      if (isProblem(reason)) throw reason;
      throw new Problem("unavailable", `${name} broke off`, { cause: reason });
    } finally {
      end();
    }
  };

  return {
    name,
    handle: async (request, response, path) => {
      requests += 1;
      inFlight += 1;
      await pass(request, response, path).finally(() => {
        inFlight -= 1;
      });
    },
    describe: () => {
      const { state, pid } = keeper.describe();
      return { name, state, pid: pid ?? null, requests, inFlight };
    },
    readMetrics: async () =>
      keeper.describe().state === "ready" ? askSocket((await keeper.ready()).metricsSocket) : "",
    stop: () => keeper.stop(),
  };
};
