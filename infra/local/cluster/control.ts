/**
 * How the command line talks to the running supervisor: HTTP on a unix socket that only its owner
 * may open. Connecting tells whether a supervisor lives; its death needs no clean-up.
 */
import { chmod, rm } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { Paths } from "./layout.ts";
import type { UnitStatus } from "./supervisor.ts";

export type StepState = "waiting" | "running" | "done" | "failed";

export interface StepStatus {
  readonly name: string;
  readonly state: StepState;
  readonly milliseconds?: number;
}

export interface ClusterStatus {
  readonly phase: "starting" | "serving" | "stopping" | "failed";
  readonly pid: number;
  readonly url: string;
  readonly since: number;
  readonly hadData: boolean;
  readonly steps: readonly StepStatus[];
  readonly units: readonly UnitStatus[];
  readonly problem?: string;
  /** What may soon become one. */
  readonly warnings: readonly string[];
}

export interface ControlHandlers {
  readonly status: () => ClusterStatus;
  readonly stop: () => void;
  readonly detach: () => void;
}

/** Answer the control socket's requests until the process ends. */
export const serveControl = async (paths: Paths, handlers: ControlHandlers): Promise<void> => {
  await rm(paths.control, { force: true });
  const server = createServer((incoming, response) => {
    const route = `${incoming.method} ${incoming.url}`;
    if (route === "POST /stop") handlers.stop();
    if (route === "POST /detach") handlers.detach();
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(handlers.status()));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(paths.control, resolve);
  });
  await chmod(paths.control, 0o600);
  server.unref();
};

const ask = async (
  paths: Paths,
  method: string,
  path: string,
): Promise<ClusterStatus | undefined> =>
  new Promise((resolve, reject) => {
    const outgoing = request({ socketPath: paths.control, method, path, timeout: 5_000 });
    outgoing.on("timeout", () => outgoing.destroy(new Error("The supervisor does not answer")));
    outgoing.on("error", (error: NodeJS.ErrnoException) =>
      ["ENOENT", "ECONNREFUSED", "ECONNRESET", "EPIPE"].includes(error.code ?? "")
        ? resolve(undefined)
        : reject(error),
    );
    outgoing.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("error", () => resolve(undefined));
      response.on("end", () => {
        try {
          resolve(JSON.parse(text) as ClusterStatus);
        } catch {
          resolve(undefined);
        }
      });
    });
    outgoing.end();
  });

/** The cluster's status, or undefined when no supervisor lives. */
export const askStatus = (paths: Paths): Promise<ClusterStatus | undefined> =>
  ask(paths, "GET", "/status");
export const askStop = (paths: Paths): Promise<ClusterStatus | undefined> =>
  ask(paths, "POST", "/stop");
export const askDetach = (paths: Paths): Promise<ClusterStatus | undefined> =>
  ask(paths, "POST", "/detach");
