/**
 * Redis Cluster, as much of it as cache and rate limit use. Reading fails at once while no node is connected;
 * writing waits for one. How long either may take is the caller's to bound.
 */
import { once } from "node:events";
import { SpanKind } from "@opentelemetry/api";
import { Cluster } from "ioredis";
import { parseRedisNodes, toTlsOptions } from "./redis-nodes.ts";
import { inPart, type SpanWork } from "./trace-context.ts";

export interface Redis {
  /** Values of keys of one slot, null where there is none. */
  getMany(keys: readonly string[]): Promise<readonly (Buffer | null)[]>;
  set(key: string, value: string | Buffer, lifeMs: number): Promise<void>;
  /** Whether there was none. */
  setIfMissing(key: string, value: string, lifeMs: number): Promise<boolean>;
  /** Runs a script with one key, and answers the integer that it answers. */
  run(script: string, key: string, values: readonly string[]): Promise<number>;
  close(): void;
}

const describe = (command: string) => (): SpanWork => ({
  name: command,
  kind: SpanKind.CLIENT,
  attributes: { "db.system.name": "redis", "db.operation.name": command },
});

const toMget = describe("MGET");
const toSet = describe("SET");
const toEval = describe("EVAL");

/** `addresses` as REDIS_NODES has them. */
export const createRedis = (addresses: readonly string[]): Redis => {
  const found = parseRedisNodes(addresses);
  const { dnsLookup, ...tls } = toTlsOptions(found);
  const cluster = new Cluster([...found.nodes], {
    ...(dnsLookup === undefined ? {} : { dnsLookup }),
    enableOfflineQueue: false,
    // Under load the commands of several requests go to a node in one packet.
    enableAutoPipelining: true,
    maxRedirections: 4,
    retryDelayOnFailover: 50,
    retryDelayOnClusterDown: 50,
    clusterRetryStrategy: (times) => Math.min(100 * times, 1_000),
    slotsRefreshInterval: 5_000,
    slotsRefreshTimeout: 1_000,
    redisOptions: { connectTimeout: 1_000, keepAlive: 10_000, ...tls },
  });
  // Each command tells its own caller; without a listener the process would end.
  cluster.on("error", () => {});
  let connecting: Promise<unknown> | undefined;
  const untilReady = async (): Promise<void> => {
    if (cluster.status === "ready") return;
    connecting ??= once(cluster, "ready").finally(() => {
      connecting = undefined;
    });
    await connecting;
  };
  return {
    getMany: (keys) => inPart(toMget, () => cluster.mgetBuffer(...keys)),
    set: (key, value, lifeMs) =>
      inPart(toSet, async () => {
        await untilReady();
        await cluster.set(key, value, "PX", lifeMs);
      }),
    setIfMissing: (key, value, lifeMs) =>
      inPart(toSet, async () => (await cluster.set(key, value, "PX", lifeMs, "NX")) !== null),
    run: (script, key, values) =>
      inPart(toEval, async () => Number(await cluster.eval(script, 1, key, ...values))),
    close: () => cluster.disconnect(),
  };
};
