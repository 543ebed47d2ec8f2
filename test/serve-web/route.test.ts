import { describe, expect, it } from "vitest";
import { createServeWeb, DOCUMENT, SHELL } from "#functions/serve-web/serve-web.ts";
import { operationPath, parsePage, ranksPath, withQuery } from "#functions/serve-web/web/route.ts";

describe("the address of a page", () => {
  it.each([
    { path: "/", page: { name: "home" } },
    { path: "/users", page: { name: "users", choice: {} } },
    {
      path: "/users",
      search: "?region=Hong+Kong&gender=female&startsWith=us&cursor=a%2Bb&else=1",
      page: {
        name: "users",
        choice: { region: "Hong Kong", gender: "female", startsWith: "us", cursor: "a+b" },
      },
    },
    { path: "/users", search: "?region=", page: { name: "users", choice: {} } },
    { path: "/users/7/", page: { name: "user", uid: "7" } },
    { path: "/users/7", search: "?cursor=x", page: { name: "user", uid: "7", cursor: "x" } },
    {
      path: "/articles",
      search: "?category=science&language=zh&tag=tags7",
      page: { name: "articles", choice: { category: "science", language: "zh", tag: "tags7" } },
    },
    { path: "/articles/3", page: { name: "article", aid: "3" } },
    { path: "/articles/%E0%A4%A", page: { name: "article", aid: "%E0%A4%A" } },
    { path: "/ranks", page: { name: "ranks", granularity: "daily", date: "2018-05-01" } },
    { path: "/ranks/weekly", page: { name: "ranks", granularity: "weekly", date: "2018-05-01" } },
    {
      path: "/ranks/monthly/2017-02-03",
      page: { name: "ranks", granularity: "monthly", date: "2017-02-03" },
    },
    { path: "/ranks/yearly/2017-02-03", page: { name: "unknown" } },
    { path: "/console", page: { name: "console" } },
    { path: "/console/operations", page: { name: "operations" } },
    { path: "/console/operations/1-2", page: { name: "operation", id: "1-2" } },
    { path: "/api", page: { name: "api" } },
    { path: "/api/else", page: { name: "unknown" } },
    { path: "/console/else", page: { name: "unknown" } },
    { path: "/console/load", page: { name: "load" } },
    { path: "/console/query", page: { name: "query" } },
    { path: "/console/watch", page: { name: "watch" } },
    { path: "/console/history", search: "?cursor=x", page: { name: "history", cursor: "x" } },
    { path: "/console/traces/0af7", page: { name: "trace", id: "0af7" } },
    { path: "/console/traces", page: { name: "trace" } },
    { path: "/console/load/1", page: { name: "unknown" } },
    { path: "/users/7/reads", page: { name: "unknown" } },
    { path: "/else", page: { name: "unknown" } },
  ])("$path$search shows $page.name", ({ path, search, page }) => {
    expect(parsePage(path, search)).toEqual(page);
  });

  it("is made so that it is understood again", () => {
    expect(parsePage(ranksPath("weekly", "2018-05-01"))).toMatchObject({ date: "2018-05-01" });
    expect(parsePage(operationPath("1-2"))).toMatchObject({ id: "1-2" });
    const [path = "", search] = withQuery("/users", { region: "Hong Kong" }).split("?");
    expect(parsePage(path, search)).toEqual({ name: "users", choice: { region: "Hong Kong" } });
  });

  it("has only the parameters that have a value", () => {
    expect(withQuery("/users", { region: undefined, cursor: "" })).toBe("/users");
    expect(withQuery("/users", { limit: 20, region: "Beijing" })).toBe(
      "/users?limit=20&region=Beijing",
    );
  });

  it("is known to the server wherever it is known to the pages", () => {
    const shell = { type: "", plain: Buffer.alloc(0), gzip: Buffer.alloc(0) };
    const files = new Map([SHELL, DOCUMENT].map((name) => [name, shell]));
    const served = createServeWeb({ storeUrl: "http://store", files })
      .map(({ path }) => path)
      .filter((path) => !path.startsWith("/web/") && path !== `/${DOCUMENT}`);
    const sample = (path: string): string =>
      path.replace(":granularity", "daily").replaceAll(":", "");
    for (const path of served) expect(parsePage(sample(path)).name, path).not.toBe("unknown");
  });
});
