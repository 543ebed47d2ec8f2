import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createSite } from "./site.ts";

vi.setConfig({ testTimeout: 30_000 });
let site: Awaited<ReturnType<typeof createSite>>;
let entry: ChildProcess | undefined;

beforeEach(async () => {
  site = await createSite([
    { name: "pid", routes: "GET /v1/pid", body: "res.json({ pid: process.pid });" },
  ]);
  await writeFile(join(site.folder, "env.json"), "{}");
});
afterEach(async () => {
  entry?.kill("SIGKILL");
  await site.remove();
});

const start = async (env: Record<string, string> = {}): Promise<number> => {
  const child = spawn(process.execPath, ["infra/local/entry/main.ts"], {
    env: {
      ENTRY_PORT: "0",
      ACTIVATOR_PORT: "0",
      KNATIVE_DIR: site.manifests,
      DIST_DIR: site.bundles,
      LOG_DIR: site.logs,
      FUNCTION_ENV: join(site.folder, "env.json"),
      // Its socket folder goes with the rest, even when it is killed.
      TMPDIR: site.folder,
      ...env,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  entry = child;
  for await (const line of createInterface(child.stdout)) {
    const entryLine = JSON.parse(line) as { msg: string; port: number };
    if (entryLine.msg === "entry ready") return entryLine.port;
  }
  throw new Error("the entry ended");
};

/** A zombie has ended: whether somebody reaps orphans is up to the machine. */
const isAlive = async (pid: number): Promise<boolean> => {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ") Z");
  return !stat.slice(stat.lastIndexOf(")")).startsWith(") Z");
};

const functionPid = async (port: number): Promise<number> => {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/pid`);
  return ((await answer.json()) as { pid: number }).pid;
};

describe("the entry as a process", () => {
  it.each(["SIGKILL", "SIGTERM"] as const)("takes its functions along on %s", async (signal) => {
    const pid = await functionPid(await start());
    expect(await isAlive(pid)).toBe(true);
    entry?.kill(signal);
    if (entry !== undefined && entry.exitCode === null) await once(entry, "exit");
    await expect.poll(() => isAlive(pid), { timeout: 15_000 }).toBe(false);
  });

  it("names what is missing in its environment", async () => {
    const child = spawn(process.execPath, ["infra/local/entry/main.ts"], {
      env: { ENTRY_PORT: "x" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let text = "";
    child.stderr.setEncoding("utf8").on("data", (chunk) => {
      text += chunk;
    });
    await once(child, "exit");
    expect(text).toContain("ENTRY_PORT is not a whole number: x; ACTIVATOR_PORT is missing");
  });
});
