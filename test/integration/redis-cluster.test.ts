/** Six Redis servers of the test's own become one cluster, whoever was slow to greet. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { joinRedis } from "#infra/database/redis-cluster.ts";
import { retry } from "#infra/database/retry.ts";
import { findBasePort } from "#infra/local/cluster/free-ports.ts";
import { findParts } from "#infra/parts/parts.ts";
import { run } from "#infra/parts/run.ts";

const { redisServer, redisCli } = await findParts(() => undefined, { monitoring: false });
let folder = "";
let ports: number[] = [];
let servers: ChildProcess[] = [];

const cluster = async (port: number, ...command: string[]): Promise<string> =>
  run(redisCli, ["-p", String(port), "cluster", ...command]);
const knownTo = async (port: number): Promise<number> =>
  Number(/cluster_known_nodes:(\d+)/.exec(await cluster(port, "info"))?.[1]);
const joinAll = async (): Promise<void> =>
  joinRedis(
    { program: redisCli },
    ports.map((port) => `127.0.0.1:${port}`),
  );

const start = async (): Promise<void> => {
  servers = ports.map((port) => {
    const dir = join(folder, String(port));
    const bus = ["--cluster-port", String(port + 10), "--cluster-node-timeout", "3000"];
    const args = ["--port", String(port), "--bind", "127.0.0.1", "--dir", dir, "--save", ""];
    return spawn(redisServer, [...args, "--cluster-enabled", "yes", ...bus], { stdio: "ignore" });
  });
  await Promise.all(ports.map((port) => retry(30, () => cluster(port, "info"))));
};

const stop = async (): Promise<void> => {
  const ended = servers.map((server) => once(server, "exit"));
  for (const server of servers) server.kill("SIGKILL");
  await Promise.all(ended);
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tagenal-redis-"));
  const base = await findBasePort();
  ports = [0, 1, 2, 3, 4, 5].map((slot) => base + slot);
  for (const port of ports) await mkdir(join(folder, String(port)));
  await start();
});

afterEach(async () => {
  await stop();
  await rm(folder, { recursive: true, force: true });
});

it("makes three primaries with a replica each, and the second time nothing", async () => {
  await joinAll();
  // Replicas tell of themselves a moment after all know all.
  const roles = async (): Promise<number[]> => {
    const nodes = await cluster(ports[0] ?? 0, "nodes");
    return [/ (myself,)?master /g, / slave /g].map((role) => nodes.match(role)?.length ?? 0);
  };
  await expect.poll(roles, { timeout: 30_000 }).toEqual([3, 3]);
  await joinAll();
  expect((await cluster(ports[0] ?? 0, "nodes")).trim().split("\n")).toHaveLength(6);
});

it("takes in a node that the others do not know, though it knows them", async () => {
  await joinAll();
  const [first = 0] = ports;
  const last = ports.at(-1) ?? 0;
  const id = (await cluster(last, "myid")).trim();
  await stop();
  for (const port of ports.slice(0, -1)) {
    const file = join(folder, String(port), "nodes.conf");
    const lines = (await readFile(file, "utf8")).split("\n");
    await writeFile(file, lines.filter((line) => !line.startsWith(id)).join("\n"));
  }
  await start();
  expect([await knownTo(first), await knownTo(last)]).toEqual([5, 6]);

  await joinAll();
  for (const port of ports) expect(await knownTo(port)).toBe(6);
});
