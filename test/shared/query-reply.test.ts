import { describe, expect, it } from "vitest";
import type { Cache, Finding } from "#shared/cache.ts";
import type { RouteRequest } from "#shared/http-function.ts";
import { createRead, toAnswer } from "#shared/query-reply.ts";

const createWorld = (finding: Finding = "miss") => {
  const names: string[] = [];
  const cache: Pick<Cache, "find"> = {
    find: async ({ name, make }) => {
      names.push(name);
      return { answer: await make(true), finding, isStored: finding === "miss", freshMs: 1_500 };
    },
  };
  const { handle } = createRead(cache)({
    method: "GET",
    path: "/v1/users/:uid",
    tags: () => ["user/7"],
    answer: async () => toAnswer('{"uid":7}'),
  });
  const ask = (headers: RouteRequest["headers"] = {}, query = "") =>
    handle({
      params: { uid: "7" },
      query: new URLSearchParams(query),
      headers,
      body: undefined,
      signal: new AbortController().signal,
    });
  return { names, ask };
};

describe("a read", () => {
  it.each([
    ["hit", "tagenal; hit; ttl=2"],
    ["miss", "tagenal; fwd=miss; stored"],
    ["collapsed", "tagenal; fwd=miss; collapsed"],
    ["unavailable", "tagenal; fwd=bypass; detail=unavailable"],
  ] as const)("tells of a %s", async (finding, status) => {
    const { headers } = await createWorld(finding).ask();
    expect(headers?.["cache-status"]).toBe(status);
  });

  it("answers 304 to a caller that has it", async () => {
    const { ask } = createWorld("hit");
    const { headers } = await ask();
    const again = await ask({ "if-none-match": String(headers?.["etag"]) });
    expect(again).toMatchObject({
      status: 304,
      headers: { "cache-status": "tagenal; hit; ttl=2" },
    });
    expect(again.body).toBeUndefined();
  });

  it.each(["no-cache", "max-age=0, No-Cache", "no-store"])("asks anew for %s", async (wanted) => {
    const { names, ask } = createWorld();
    const { headers } = await ask({ "cache-control": wanted });
    expect(headers?.["cache-status"]).toBe("tagenal; fwd=request");
    expect(names).toEqual([]);
  });

  it("has one name whatever the order of its parameters", async () => {
    const { names, ask } = createWorld();
    for (const query of ["b=2&a=1", "a=1&b=2", "", `a=${"x".repeat(9_000)}`]) await ask({}, query);
    expect(names[0]).toBe("/v1/users/7?a=1&b=2");
    expect(names[1]).toBe(names[0]);
    expect(names[2]).toBe("/v1/users/7");
    expect(names[3]?.length).toBeLessThan(200);
  });
});
