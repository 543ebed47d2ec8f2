/** Science articles are answered by the data center of whoever reads them, as long as it keeps up. */
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { ask } from "./cache-client.ts";
import { createTabletClient } from "./tablet-client.ts";
import { send } from "./write-client.ts";
import { newArticle } from "./write-rows.ts";

const cluster = inject("cluster");
const SCIENCE = 5_300_001;
const TECHNOLOGY = 5_300_002;

const client = createTabletClient(cluster);
/** Where the primary of the articles is, and where it is not; other tests hand it over. */
let home: string;
let elsewhere: string;
/** Those to be asked there. */
let replicas: string[];

beforeAll(async () => {
  const tablets = await client.listTablets();
  home = tablets.find(({ role }) => role === "primary")?.dataCenter ?? "";
  elsewhere = home === "beijing" ? "hongkong" : "beijing";
  replicas = tablets
    .filter(({ dataCenter, role }) => dataCenter === elsewhere && role === "replica")
    .map(({ tablet }) => tablet);
  await send("POST", "/v1/articles", newArticle(SCIENCE));
  await send("POST", "/v1/articles", newArticle(TECHNOLOGY, "technology"));
});

afterAll(async () => {
  await send("DELETE", `/v1/articles/${SCIENCE}`);
  await send("DELETE", `/v1/articles/${TECHNOLOGY}`);
});

let turn = 0;
/** Asks for something else each time, or the cache would answer. */
const askFor = async (path: string, dataCenter: string, headers = {}) => {
  turn += 1;
  const limit = path.includes("?") ? `&limit=${1 + (turn % 4_000)}` : "";
  const fields = ["id", "title", "authors", "language", "abstract", "text", "image", "video"];
  const some = fields.filter((_, bit) => (turn >> bit) % 2 === 1).join(",");
  const asked = path.includes("?") ? `${path}${limit}` : `${path}?fields=aid,${some}`;
  return ask(cluster, asked, { "x-data-center": dataCenter, ...headers });
};
const answeredBy = async (path: string, dataCenter: string, headers = {}): Promise<string> => {
  const answer = await askFor(path, dataCenter, headers);
  expect(answer.status, answer.body).toBe(200);
  return /desc="([\w-]+)"/.exec(answer.headers.get("server-timing") ?? "")?.[1] ?? "";
};

const patience = { timeout: 15_000, interval: 200 };

const untilNearby = (path: string) =>
  expect.poll(() => answeredBy(path, elsewhere), patience).toSatisfy((by) => replicas.includes(by));

describe("a science article", () => {
  it.each([
    `/v1/articles/${SCIENCE}`,
    `/v1/articles/${SCIENCE}/be-read?list=read`,
    "/v1/articles?category=science",
    "/v1/be-reads?category=science",
  ])("is answered nearby: %s", async (path) => {
    await untilNearby(path);
    expect(await answeredBy(path, home)).toBe("primary");
    expect(await answeredBy(path, elsewhere, { "cache-control": "no-cache" })).toBe("primary");
  });

  it("is the only kind that is", async () => {
    for (const dataCenter of ["beijing", "hongkong"])
      expect(await answeredBy(`/v1/articles/${TECHNOLOGY}`, dataCenter)).toBe("primary");
  });

  it("is answered by the primary right after it was written", async () => {
    const path = `/v1/articles/${SCIENCE}`;
    await send("PATCH", path, { title: "new" });
    expect((await ask(cluster, path, { "x-data-center": elsewhere })).body).toContain('"new"');
    expect(await answeredBy(path, elsewhere)).toBe("primary");
  });

  it("is answered by the primary while the replica does not keep up", async () => {
    const path = "/v1/articles?category=science";
    await untilNearby(path);
    const sessions = await Promise.all(replicas.map(client.openMysql));
    try {
      // They receive what the primary writes, and cannot apply it.
      for (const mysql of sessions) await mysql.query("flush tables with read lock");
      await send("PATCH", `/v1/articles/${SCIENCE}`, { title: "newer" });
      await expect.poll(() => answeredBy(path, elsewhere), patience).toBe("primary");
    } finally {
      for (const mysql of sessions) {
        await mysql.query("unlock tables");
        await mysql.end();
      }
    }
    await untilNearby(path);
  });
});
