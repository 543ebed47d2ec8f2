import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Change } from "#events/rows-changed.ts";
import { createBreaker } from "#shared/breaker.ts";
import { type Answer, createCache, type Finding, SETTLED_MS, TTL_MS } from "#shared/cache.ts";
import { type Tag, toKeys } from "#shared/cache-tags.ts";
import { createFakeRedis } from "../fakes/redis.ts";

type Tags = readonly [Tag, ...Tag[]];

const toAnswer = (text: string): Answer => ({ body: Buffer.from(text), etag: `"${text.length}"` });

const createWorld = () => {
  const world = { now: 1_000_000, made: 0 };
  const now = (): number => world.now;
  const redis = createFakeRedis(now);
  const cache = createCache({ redis, breaker: createBreaker({ timeoutMs: 50 }), now });
  /** What is found, and how. */
  const find = async (name: string, tags: Tags, text: string): Promise<[string, Finding]> => {
    const make = async (): Promise<Answer> => {
      world.made += 1;
      return toAnswer(text);
    };
    const { answer, finding } = await cache.find({ name, tags, make });
    // What is stored is stored a moment later.
    await sleep(0);
    return [String(answer.body), finding];
  };
  return { world, redis, cache, find };
};

const li: Tags = ["user/7"];

describe("the cache", () => {
  it("answers what it has until it is too old", async () => {
    const { world, find } = createWorld();
    expect(await find("li", li, "a")).toEqual(["a", "miss"]);
    world.now += TTL_MS - 1;
    expect(await find("li", li, "b")).toEqual(["a", "hit"]);
    world.now += 1;
    expect(await find("li", li, "c")).toEqual(["c", "miss"]);
  });

  it("keeps the whole answer and its entity tag, whatever bytes they have", async () => {
    const { cache } = createWorld();
    const answer = { body: Buffer.from([0, 10, 255, 10, 13]), etag: '"x.y"' };
    const wanted = { name: "li", tags: li, make: async () => answer };
    await cache.find(wanted);
    await sleep(0);
    expect(await cache.find(wanted)).toMatchObject({ answer, finding: "hit", freshMs: TTL_MS });
  });

  it.each<{ name: string; tags: Tags; change: Change; isTouched: boolean }>([
    { name: "a user", tags: li, change: { table: "users", uids: [7] }, isTouched: true },
    { name: "another user", tags: li, change: { table: "users", uids: [8] }, isTouched: false },
    { name: "any user", tags: li, change: { table: "users" }, isTouched: true },
    { name: "any article", tags: li, change: { table: "articles" }, isTouched: false },
    { name: "a list", tags: ["users"], change: { table: "users", uids: [9] }, isTouched: true },
    {
      name: "a user's reads",
      tags: ["user/7", "user/7/reads", "articles"],
      change: { table: "reads", uids: [7], aids: [1] },
      isTouched: true,
    },
    {
      name: "the title of an article that she read",
      tags: ["user/7", "user/7/reads", "articles"],
      change: { table: "articles", aids: [1] },
      isTouched: true,
    },
    {
      name: "an article's reads",
      tags: ["article/3", "article/3/reads"],
      change: { table: "reads", uids: [7], aids: [3] },
      isTouched: true,
    },
    {
      name: "a rank whose reads came with a load",
      tags: ["rank/daily-2018-05-01"],
      change: { table: "reads" },
      isTouched: true,
    },
    {
      name: "a rank that was made anew",
      tags: ["rank/daily-2018-05-01"],
      change: { table: "ranks", ids: ["daily-2018-05-01"] },
      isTouched: true,
    },
  ])("tells whether a change touches $name", async ({ tags, change, isTouched }) => {
    const { cache, find } = createWorld();
    await find("it", tags, "before");
    await cache.touch([change]);
    expect((await find("it", tags, "after"))[0]).toBe(isTouched ? "after" : "before");
  });

  it("looks up all that belongs to one user in one command", () => {
    const { entry, versions } = toKeys("li", ["user/7", "user/7/reads"]);
    expect(versions).toHaveLength(1);
    const [slot] = /\{\d+\}/.exec(entry) ?? [];
    for (const key of versions.flat()) expect(key).toContain(slot);
  });

  it("forgets what a slow reader brings that began before a write", async () => {
    const { cache, find } = createWorld();
    await find("other", li, "so that the version is there");
    const slow = cache.find({
      name: "li",
      tags: li,
      make: async () => {
        await cache.touch([{ table: "users", uids: [7] }]);
        return toAnswer("old");
      },
    });
    expect((await slow).answer.body.toString()).toBe("old");
    expect(await find("li", li, "new")).toEqual(["new", "miss"]);
  });

  it("also where no version was there before", async () => {
    const { cache, find } = createWorld();
    const make = async (): Promise<Answer> => {
      await cache.touch([{ table: "users", uids: [7] }]);
      return toAnswer("old");
    };
    await cache.find({ name: "li", tags: li, make });
    await sleep(0);
    expect(await find("li", li, "new")).toEqual(["new", "miss"]);
  });

  it("makes an answer once for all who want it at the same time", async () => {
    const { world, find } = createWorld();
    const found = await Promise.all([1, 2, 3].map(() => find("li", li, "a")));
    expect(found.map(([, finding]) => finding).sort()).toEqual(["collapsed", "collapsed", "miss"]);
    expect(world.made).toBe(1);
  });

  it("lets nobody join a flight that began before a write", async () => {
    const { cache, find } = createWorld();
    let land = (): void => {};
    const landing = new Promise<void>((resolve) => {
      land = resolve;
    });
    const make = async (): Promise<Answer> => {
      await landing;
      return toAnswer("old");
    };
    const old = cache.find({ name: "li", tags: li, make });
    await sleep(5);
    await cache.touch([{ table: "users", uids: [7] }]);
    expect(await find("li", li, "new")).toEqual(["new", "miss"]);
    land();
    await old;
  });

  it("does not keep what derives from reads until it has followed them", async () => {
    const { world, cache, find } = createWorld();
    const tags: Tags = ["article/3", "article/3/reads"];
    await cache.touch([{ table: "reads", uids: [7], aids: [3] }]);
    expect(await find("it", tags, "too early")).toEqual(["too early", "miss"]);
    world.now += SETTLED_MS;
    expect(await find("it", tags, "settled")).toEqual(["settled", "miss"]);
    expect(await find("it", tags, "later")).toEqual(["settled", "hit"]);
    // The article itself does not follow anything.
    await cache.touch([{ table: "articles", aids: [3] }]);
    await find("it", tags, "another title");
    expect(await find("it", tags, "later")).toEqual(["another title", "hit"]);
  });

  it("keeps no answer that failed", async () => {
    const { cache, find } = createWorld();
    const make = (): Promise<Answer> => Promise.reject(new Error("no"));
    await expect(cache.find({ name: "li", tags: li, make })).rejects.toThrow("no");
    expect(await find("li", li, "a")).toEqual(["a", "miss"]);
  });

  it("trusts nothing after a version was lost", async () => {
    const { redis, find } = createWorld();
    await find("li", li, "before");
    for (const key of redis.values.keys()) if (key.includes(":tag:")) redis.values.delete(key);
    expect(await find("li", li, "after")).toEqual(["after", "miss"]);
  });

  it.each(["slow", "gone"] as const)(
    "answers while Redis is %s, soon without asking it",
    async (state) => {
      const { world, redis, find } = createWorld();
      await find("li", li, "before");
      redis.state = state;
      for (let turn = 0; turn < 5; turn += 1)
        expect(await find("li", li, "anew")).toEqual(["anew", "unavailable"]);
      const { length } = redis.commands;
      await find("li", li, "anew");
      expect(redis.commands).toHaveLength(length);
      redis.state = "well";
      world.now += 1_000;
      await sleep(1_000);
      expect(await find("li", li, "later")).toEqual(["before", "hit"]);
    },
  );

  it("says so where it cannot be told of a change", async () => {
    const { redis, cache } = createWorld();
    redis.state = "gone";
    await expect(cache.touch([{ table: "users", uids: [7] }])).rejects.toThrow("refused");
  });

  it("never answers what a write before the question has changed, in any order of steps", async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("read" as const), key: fc.nat(2) }),
      fc.record({ kind: fc.constant("write" as const), key: fc.nat(2) }),
      fc.record({ kind: fc.constant("evict" as const), key: fc.nat(9) }),
    );
    const run = async (steps: readonly { kind: string; key: number }[], s: fc.Scheduler) => {
      const rows = [0, 0, 0];
      const acknowledged = [0, 0, 0];
      const redis = createFakeRedis();
      const cache = createCache({
        redis: {
          getMany: s.scheduleFunction(redis.getMany),
          set: s.scheduleFunction(redis.set),
          setIfMissing: s.scheduleFunction(redis.setIfMissing),
        },
        breaker: { run: async (work) => work() },
      });
      const query = s.scheduleFunction(async (key: number) => rows[key] ?? 0);
      const read = async (key: number): Promise<void> => {
        const least = acknowledged[key] ?? 0;
        const make = async (): Promise<Answer> => toAnswer(String(await query(key)));
        const { answer } = await cache.find({ name: `${key}`, tags: [`user/${key}`], make });
        expect(Number(answer.body)).toBeGreaterThanOrEqual(least);
      };
      const write = async (key: number): Promise<void> => {
        const value = (rows[key] ?? 0) + 1;
        rows[key] = value;
        await cache.touch([{ table: "users", uids: [key] }]);
        acknowledged[key] = Math.max(acknowledged[key] ?? 0, value);
      };
      const work: Promise<void>[] = [];
      s.scheduleSequence(
        steps.map(({ kind, key }) => ({
          label: `${kind} ${key}`,
          builder: async () => {
            if (kind === "read") work.push(read(key));
            else if (kind === "write") work.push(write(key));
            // An evicted answer; a version that is evicted with a write under way is TTL_MS's to bound.
            else
              redis.values.delete(
                [...redis.values.keys()].filter((k) => k.includes(":answer:"))[key] ?? "",
              );
          },
        })),
      );
      await s.waitIdle();
      await Promise.all(work);
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.scheduler(), run), {
      numRuns: 300,
    });
  });
});
