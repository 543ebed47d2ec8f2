/** A Redis of one process: keeps values while they live, remembers commands, and may be slow or gone. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "#shared/redis.ts";

export interface FakeRedis extends Omit<Redis, "run"> {
  readonly values: Map<string, { readonly value: Buffer; readonly until: number }>;
  readonly commands: string[];
  state: "well" | "slow" | "gone";
}

export const createFakeRedis = (now: () => number = Date.now): FakeRedis => {
  const values: FakeRedis["values"] = new Map();
  const commands: string[] = [];
  const answer = async (command: string): Promise<void> => {
    commands.push(command);
    if (redis.state === "gone") throw new Error("connection refused");
    await (redis.state === "slow" ? sleep(1_000) : undefined);
  };
  const read = (key: string): Buffer | null => {
    const kept = values.get(key);
    return kept !== undefined && kept.until > now() ? kept.value : null;
  };
  const write = (key: string, value: string | Buffer, lifeMs: number): void => {
    values.set(key, { value: Buffer.from(value), until: now() + lifeMs });
  };
  const redis: FakeRedis = {
    values,
    commands,
    state: "well",
    getMany: async (keys) => {
      await answer("getMany");
      return keys.map(read);
    },
    set: async (key, value, lifeMs) => {
      await answer("set");
      write(key, value, lifeMs);
    },
    setIfMissing: async (key, value, lifeMs) => {
      await answer("setIfMissing");
      if (read(key) !== null) return false;
      write(key, value, lifeMs);
      return true;
    },
    close: () => {},
  };
  return redis;
};
