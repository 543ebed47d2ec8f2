import { describe, expect, it } from "vitest";
import { createBreaker } from "#shared/breaker.ts";
import { createIsAnybodyReading, createTellReading } from "#shared/reading.ts";

const breaker = createBreaker({ timeoutMs: 50 });

/** As much of Redis as this takes. */
const createStore = () => {
  const keys = new Map<string, { value: string; lifeMs: number }>();
  let told = 0;
  return {
    told: () => told,
    lives: () => [...keys.values()].map(({ lifeMs }) => lifeMs),
    redis: {
      set: async (key: string, value: string | Buffer, lifeMs: number) => {
        told += 1;
        keys.set(key, { value: String(value), lifeMs });
      },
      getMany: async (wanted: readonly string[]) =>
        wanted.map((key) => {
          const found = keys.get(key);
          return found === undefined ? null : Buffer.from(found.value);
        }),
    },
  };
};

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("that somebody reads", () => {
  it("is known for three seconds after it was told", async () => {
    const { redis, lives } = createStore();
    expect(await createIsAnybodyReading(redis, breaker)()).toBe(false);
    createTellReading(redis)();
    expect(await createIsAnybodyReading(redis, breaker)()).toBe(true);
    expect(lives()).toEqual([3_000]);
  });

  it("is told once a second, however many read", async () => {
    const { redis, told } = createStore();
    let at = 0;
    const tell = createTellReading(redis, () => at);
    for (; at < 3_000; at += 10) {
      tell();
      await settle();
    }
    expect(told()).toBe(3);
  });

  it("keeps no reader waiting where Redis does not answer, and is not known there", async () => {
    let asked = 0;
    const set = async (): Promise<void> => {
      asked += 1;
      await new Promise(() => {});
    };
    let at = 0;
    const tell = createTellReading({ set }, () => at);
    for (; at < 10_000; at += 500) tell();
    expect(asked).toBe(1);
    const getMany = () => new Promise<never>(() => {});
    expect(await createIsAnybodyReading({ getMany }, breaker)()).toBe(false);
  });
});
