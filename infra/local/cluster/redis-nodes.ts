/** Where the local Redis Cluster's nodes listen and what they remember. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "./context.ts";

export const redisNodes = ({ ports }: Context): readonly string[] =>
  ports.redis.map((port) => `127.0.0.1:${port}`);

/** A cluster that moved to other ports cannot find itself: forget it, it holds only a cache. */
export const forgetRedis = async ({ paths, ports }: Context): Promise<void> => {
  for (const port of ports.redis)
    await rm(join(paths.redis, String(port), "nodes.conf"), { force: true });
};
