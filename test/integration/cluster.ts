/**
 * A real cluster for tests, of its own: own folder, own ports, so that it runs beside a serving
 * one. It is tied to the process that started it and leaves nothing behind.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { run } from "#infra/parts/run.ts";

export interface TestCluster {
  /** The entry, for example http://127.0.0.1:18080. */
  readonly url: string;
  readonly token: string;
  /** mysql://user:password@host:port of the vtgate in beijing. */
  readonly vtgateUrl: string;
  /** Where events are posted. */
  readonly sink: string;
  /** How long a load may take that has to wait for a few ticks of the clock. */
  readonly patienceMs: number;
  /** The local cluster's folder; empty where the cluster is none on this machine. */
  readonly home: string;
}

const cli = join(import.meta.dirname, "../../infra/cli/main.ts");

const freePort = async (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });

/** Resolves once `up` says that it serves; rejects with what it printed. */
const untilServing = async (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    let output = "";
    const listen = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes("Tagenal serves at")) resolve();
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    child.once("exit", (code) => reject(new Error(`up ended with ${code}\n${output}`)));
  });

export interface StartedCluster extends TestCluster {
  stop(): Promise<void>;
}

/** Without data, or with the sample; without Prometheus, or with it, set by these variables. */
export const startTestCluster = async ({
  isEmpty = true,
  monitoring,
}: {
  readonly isEmpty?: boolean;
  readonly monitoring?: Readonly<Record<string, string>>;
} = {}): Promise<StartedCluster> => {
  const home = join(await mkdtemp(join(tmpdir(), "tagenal-test-")), "home");
  const port = await freePort();
  const env = { TAGENAL_HOME: home, TAGENAL_PORT: String(port), ...monitoring };
  const flags = [...(isEmpty ? ["--empty"] : []), ...(monitoring ? [] : ["--no-prometheus"])];
  const child = spawn(process.execPath, [cli, "up", ...flags], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  await untilServing(child);
  const description = JSON.parse(await readFile(join(home, "cluster.json"), "utf8")) as {
    vtgateUrl: string;
    broker: number;
  };
  const token = (await readFile(join(home, "token"), "utf8")).trim();
  return {
    url: `http://127.0.0.1:${port}`,
    token,
    vtgateUrl: description.vtgateUrl,
    sink: `http://127.0.0.1:${description.broker}/tagenal/default`,
    patienceMs: 90_000,
    home,
    stop: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
      await run(process.execPath, [cli, "down", "--purge"], { env });
      await rm(dirname(home), { recursive: true });
    },
  };
};
