/** What a function is put together from that keeps answers, or changes what they are made of. */
import { createBreaker } from "./breaker.ts";
import { type Cache, createCache } from "./cache.ts";
import { type Changes, createChanges } from "./changes.ts";
import { createEmit } from "./emit.ts";
import { createLog } from "./log.ts";
import { createIsAnybodyReading, createTellReading } from "./reading.ts";
import { createRedis } from "./redis.ts";

/** Redis answers in less than one; this leaves time for a function that has much to do. */
const TIMEOUT_MS = 100;

/** Who works behind the scenes has more time. */
const PATIENT_TIMEOUT_MS = 500;

/** `nodes`: some of Redis Cluster's, as host:port. */
export const createFunctionCache = (name: string, nodes: readonly string[]): Cache => {
  const log = createLog(name);
  const onOpen = (err: unknown): void =>
    log.warn({ err }, "Redis does not answer; for a while answers come without the cache");
  const redis = createRedis(nodes);
  return createCache({
    redis,
    onFind: createTellReading(redis),
    breaker: createBreaker({ timeoutMs: TIMEOUT_MS, onOpen }),
  });
};

export const createFunctionChanges = (
  name: string,
  env: { readonly REDIS_NODES: readonly string[]; readonly K_SINK: string },
): Changes =>
  createChanges({
    cache: createFunctionCache(name, env.REDIS_NODES),
    emit: createEmit(env.K_SINK, `/functions/${name}`),
    log: createLog(name),
  });

/** Whether somebody reads, for functions that would let them go first. */
export const createFunctionReading = (nodes: readonly string[]): (() => Promise<boolean>) =>
  createIsAnybodyReading(createRedis(nodes), createBreaker({ timeoutMs: PATIENT_TIMEOUT_MS }));
