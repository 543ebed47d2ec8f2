import { describe, expect, it } from "vitest";
import { type Change, rowsChanged } from "#events/rows-changed.ts";
import { createInvalidateCache } from "#functions/invalidate-cache/invalidate-cache.ts";
import { createChanges } from "#shared/changes.ts";

const change: Change = { table: "users", uids: [7] };

const createWorld = ({ isRedisUp = true, isBrokerUp = true } = {}) => {
  const did: string[] = [];
  const changes = createChanges({
    cache: {
      touch: async () => {
        if (!isRedisUp) throw new Error("Redis is gone");
        did.push("touched");
      },
    },
    emit: async ({ type }, { data }) => {
      if (!isBrokerUp) throw new Error("the broker is gone");
      did.push(`${type} ${JSON.stringify(data)}`);
    },
    log: { warn: () => {} },
  });
  return { did, changes };
};

const event = `${rowsChanged.type} ${JSON.stringify({ changes: [change] })}`;

describe("changes", () => {
  it("are told to the cache by whoever writes", async () => {
    const { did, changes } = createWorld();
    await changes.note([change]);
    expect(did).toEqual(["touched"]);
  });

  it("become an event where the cache cannot be told", async () => {
    const { did, changes } = createWorld({ isRedisUp: false });
    await changes.note([change]);
    expect(did).toEqual([event]);
  });

  it("become an event in any case where they are announced", async () => {
    const { did, changes } = createWorld();
    await changes.announce([change]);
    expect(did).toEqual(["touched", event]);
  });

  it("fail no write, even where nobody can be told", async () => {
    const { changes } = createWorld({ isRedisUp: false, isBrokerUp: false });
    expect(await changes.during([change], async () => "done")).toBe("done");
  });

  it("are told of a failed write too, which fails as it did", async () => {
    const { did, changes } = createWorld();
    const work = (): Promise<never> => Promise.reject(new Error("lost"));
    await expect(changes.during([change], work)).rejects.toThrow("lost");
    expect(did).toEqual(["touched"]);
  });
});

describe("invalidate-cache", () => {
  const received = { source: "/test", id: "1", type: "t", extensions: {} };

  it("touches what changed", async () => {
    const touched: unknown[] = [];
    const invalidate = createInvalidateCache({
      cache: { touch: async (changes) => void touched.push(...changes) },
    });
    await invalidate({ ...received, data: { changes: [change] } });
    expect(touched).toEqual([change]);
  });

  it.each([
    { name: "refuses", touch: () => Promise.reject(new Error("gone")) },
    { name: "says nothing", touch: () => new Promise<void>(() => {}) },
  ])("wants the event again while Redis $name", async ({ touch }) => {
    const invalidate = createInvalidateCache({ cache: { touch }, timeoutMs: 20 });
    const handled = invalidate({ ...received, data: { changes: [change] } });
    await expect(handled).rejects.toMatchObject({ status: 503 });
  });
});
