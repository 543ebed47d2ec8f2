/** One function as a process of its own, under functions-framework, without the entry before it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";

const framework = join(
  dirname(createRequire(import.meta.url).resolve("@google-cloud/functions-framework")),
  "main.js",
);

export interface FunctionServer {
  readonly pool: Pool;
  /** Of processor time that it has used. */
  seconds(): number;
  stop(): Promise<void>;
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
};

const untilReady = async (pool: Pool, child: ChildProcess): Promise<void> => {
  for (let left = 200; left > 0 && child.exitCode === null; left -= 1) {
    const answer = await pool.request({ method: "GET", path: "/healthz" }).catch(() => undefined);
    await answer?.body.dump();
    if (answer?.statusCode === 200) return;
    await sleep(100);
  }
  throw new Error(`${child.spawnargs.join(" ")} does not answer`);
};

/** Of Linux's clock, a hundredth of a second. */
const TICKS = 100;

/** `bundle`: a file; `env`: besides what the framework takes. */
export const startFunction = async (
  name: string,
  bundle: string,
  env: Readonly<Record<string, string>>,
): Promise<FunctionServer> => {
  const port = await freePort();
  const child = spawn(process.execPath, [framework, "--source", bundle], {
    env: {
      ...env,
      NODE_ENV: "production",
      FUNCTION_TARGET: name,
      FUNCTION_SIGNATURE_TYPE: "http",
      PORT: String(port),
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 32 });
  await untilReady(pool, child);
  return {
    pool,
    seconds: () => {
      const [, fields = ""] = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ");
      const [user, system] = fields.split(" ").slice(11, 13).map(Number);
      return ((user ?? 0) + (system ?? 0)) / TICKS;
    },
    stop: async () => {
      await pool.close();
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
};
