/** Redis Cluster as rate-limit.ts uses it. Fails at once while no node is connected. */
import { Cluster } from "ioredis";
import type { Counter } from "./rate-limit.ts";

const toNode = (address: string): { host: string; port: number } => {
  const { hostname, port } = new URL(`redis://${address}`);
  return { host: hostname, port: Number(port === "" ? 6379 : port) };
};

/** `nodes`: some of the cluster's, as host:port. */
export const createRateCounter = (nodes: readonly string[]): Counter & { close(): void } => {
  const cluster = new Cluster(nodes.map(toNode), {
    enableOfflineQueue: false,
    clusterRetryStrategy: (times) => Math.min(100 * times, 1_000),
    slotsRefreshTimeout: 1_000,
    redisOptions: { connectTimeout: 1_000 },
  });
  // Each command tells its own caller; without a listener the process would end.
  cluster.on("error", () => {});
  return {
    run: async (script, key, values) => Number(await cluster.eval(script, 1, key, ...values)),
    close: () => cluster.disconnect(),
  };
};
