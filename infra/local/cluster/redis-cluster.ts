/** Join the Redis servers into a cluster of three primaries with a replica each. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "#infra/parts/run.ts";
import type { Context } from "./context.ts";

export const redisNodes = ({ ports }: Context): readonly string[] =>
  ports.redis.map((port) => `127.0.0.1:${port}`);

const info = async ({ parts }: Context, port: number): Promise<string> =>
  run(parts.redisCli, ["-p", String(port), "cluster", "info"]);

const isComplete = (text: string): boolean =>
  text.includes("cluster_state:ok") && text.includes("cluster_known_nodes:6");

/** A cluster that moved to other ports cannot find itself: forget it, it holds only a cache. */
export const forgetRedis = async ({ paths, ports }: Context): Promise<void> => {
  for (const port of ports.redis)
    await rm(join(paths.redis, String(port), "nodes.conf"), { force: true });
};

export const joinRedis = async (context: Context): Promise<void> => {
  const [first = 0] = context.ports.redis;
  const known = Number(/cluster_known_nodes:(\d+)/.exec(await info(context, first))?.[1]);
  if (known < 2) {
    const { redisCli } = context.parts;
    const create = ["--cluster", "create", ...redisNodes(context)];
    await run(redisCli, [...create, "--cluster-replicas", "1", "--cluster-yes"]);
  }
  for (let left = 100; left > 0; left--) {
    const texts = await Promise.all(context.ports.redis.map((port) => info(context, port)));
    if (texts.every(isComplete)) return;
    await sleep(200);
  }
  throw new Error("Redis Cluster did not become complete within 20 s");
};
