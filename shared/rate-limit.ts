/**
 * How often a caller may write, or have the cluster operated: counted in Redis, so that it holds
 * over all processes of all functions.
 *
 * 1. A caller may come `burst` times at once, and then `perSecond` times a second (GCRA, by Redis'
 *    own clock).
 * 2. It is a protection and not a proof: while Redis does not answer, everybody may come.
 */
import { hash } from "node:crypto";
import type { Scope } from "./bearer.ts";
import { type Breaker, createBreaker } from "./breaker.ts";
import { Problem } from "./problem.ts";
import type { Redis } from "./redis.ts";

export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export const rates: Readonly<Record<Scope, Rate>> = {
  reader: { perSecond: 10, burst: 200 },
  write: { perSecond: 500, burst: 5_000 },
  operate: { perSecond: 5, burst: 200 },
};

/**
 * KEYS[1]: when the caller's account is even again, in microseconds since 1970. ARGV: what one time
 * costs, and how much may be owed at most, in microseconds. Answers how long to wait; 0 is now.
 */
export const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local cost, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local even = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now) + cost
if even - now > most then return math.ceil(even - now - most) end
redis.call('SET', KEYS[1], string.format('%.0f', even), 'PX', math.ceil((even - now) / 1000))
return 0`;

const SECOND = 1_000_000;
const TIMEOUT_MS = 100;

export interface RateLimitOptions {
  readonly breaker?: Breaker;
  readonly rates?: Readonly<Record<Scope, Rate>>;
}

/** Throws a Problem with Retry-After where the caller has come too often. */
export type CheckRate = (scope: Scope, caller: string) => Promise<void>;

export const createCheckRate = (
  redis: Pick<Redis, "run">,
  {
    breaker = createBreaker({ timeoutMs: TIMEOUT_MS }),
    rates: known = rates,
  }: RateLimitOptions = {},
): CheckRate => {
  return async (scope, caller) => {
    const { perSecond, burst } = known[scope];
    const cost = SECOND / perSecond;
    const key = `rate:${scope}:${hash("sha1", caller, "base64url")}`;
    const found = await breaker.run(async () => ({
      wait: await redis.run(TAKE, key, [String(cost), String(cost * burst)]),
    }));
    if (found === undefined || found.wait === 0) return;
    throw new Problem("too-many-requests", `no more than ${perSecond} a second; wait a moment`, {
      headers: { "retry-after": String(Math.ceil(found.wait / SECOND)) },
    });
  };
};
