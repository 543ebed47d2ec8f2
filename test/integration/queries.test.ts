import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createVtgate } from "#shared/vtgate.ts";
import { get, isOurs, keysOf, type Page, readAll, without } from "./query-client.ts";
import {
  articleRows,
  deleteRows,
  FIRST_KEY,
  type Fields,
  GONE_AID,
  insertRows,
  moveUser,
  readRows,
  toUser,
  userRows,
} from "./query-rows.ts";

const { url, vtgateUrl } = inject("cluster");
const vtgate = createVtgate(vtgateUrl, { connections: 2 });

beforeAll(async () => insertRows(vtgate));
afterAll(async () => {
  await deleteRows(vtgate);
  await vtgate.close();
});

describe("users", () => {
  it("are found by uid, with every field as it was written", async () => {
    for (const row of userRows.slice(0, 4))
      expect(await get(`/v1/users/${row["uid"]}`)).toEqual(without(row, "home"));
  });

  it.each(["Beijing", "Hong Kong"])(
    "of %s are paged by home without loss or repeat",
    async (region) => {
      const items = await readAll<Fields>(`/v1/users?region=${encodeURIComponent(region)}&`, 37);
      expect(items.every((item) => item["region"] === region)).toBe(true);
      const expected = userRows.filter((row) => row["region"] === region);
      expect(items.filter(isOurs("uid")).map(({ uid }) => uid)).toEqual(keysOf(expected, "uid"));
      expect(new Set(items.map(({ uid }) => uid)).size).toBe(items.length);
    },
  );

  it("of all regions are paged over all shards in the same order", async () => {
    const items = await readAll<Fields>("/v1/users?", 41);
    expect(items.filter(isOurs("uid")).map(({ uid }) => uid)).toEqual(keysOf(userRows, "uid"));
  });

  it("come 50 at a time, and up to 5,000 if so asked", async () => {
    expect(((await get("/v1/users")) as Page).items).toHaveLength(50);
    const { items } = (await get("/v1/users?limit=5000")) as Page;
    expect(items.length).toBeGreaterThanOrEqual(userRows.length);
  });

  it("are found again after they moved to another data center", async () => {
    const [before] = userRows.slice(-1);
    if (before === undefined) throw new Error("there are no users");
    const uid = Number(before["uid"]);
    const after = toUser(uid, "Beijing");
    // The function keeps the home that it found first.
    expect(await get(`/v1/users/${uid}`)).toEqual(without(before, "home"));
    await moveUser(vtgate, before, after);
    expect(await get(`/v1/users/${uid}`)).toEqual(without(after, "home"));
    await moveUser(vtgate, after, before);
    expect(await get(`/v1/users/${uid}`)).toEqual(without(before, "home"));
  });
});

const titleOf = (aid: unknown): Record<string, unknown> => {
  const article = articleRows.find((row) => row["aid"] === aid);
  return { title: article?.["title"] ?? null, category: article?.["category"] ?? null };
};

const newestFirst = (one: Fields, other: Fields): number =>
  Number(other["timestamp"]) - Number(one["timestamp"]) ||
  (String(other["id"]) < String(one["id"]) ? -1 : 1);

describe("a user's reads", () => {
  const path = `/v1/users/${FIRST_KEY}/reads`;
  const expected = readRows
    .filter(({ uid }) => uid === FIRST_KEY)
    .sort(newestFirst)
    .map((row) => ({ ...without(row, "home", "articleHome"), ...titleOf(row["aid"]) }));

  it.each([1, 7, 31, 100])("come newest first with their articles, %i a page", async (limit) => {
    expect(await readAll(`${path}?`, limit)).toEqual(expected);
  });

  it("outlive their article", async () => {
    const items = await readAll<Fields>(`${path}?`, 100);
    expect(items.filter(({ aid }) => aid === GONE_AID)).toMatchObject([{ title: null }]);
  });

  it("are an empty list for a user without any", async () => {
    expect(await get(`/v1/users/${FIRST_KEY + 200}/reads`)).toEqual({ items: [], next: null });
  });
});

const readersOf = (aid: number, flag: string): number[] => {
  const uids = readRows.filter((row) => row["aid"] === aid && row[flag] === 1);
  return [...new Set(uids.map(({ uid }) => Number(uid)))].sort((one, other) => one - other);
};

describe("articles", () => {
  const flags = {
    read: "readOrNot",
    comment: "commentOrNot",
    agree: "agreeOrNot",
    share: "shareOrNot",
  };

  it("are found by aid with the counts of their reads", async () => {
    const [row] = articleRows;
    const countOf = (flag: string): number =>
      readRows.filter((read) => read["aid"] === FIRST_KEY && read[flag] === 1).length;
    expect(await get(`/v1/articles/${FIRST_KEY}`)).toEqual({
      ...without(row ?? {}, "home"),
      beRead: {
        readNum: countOf("readOrNot"),
        commentNum: countOf("commentOrNot"),
        agreeNum: countOf("agreeOrNot"),
        shareNum: countOf("shareOrNot"),
      },
    });
  });

  it("have counts of 0 as long as nobody has read them", async () => {
    const beRead = { readNum: 0, commentNum: 0, agreeNum: 0, shareNum: 0 };
    expect(await get(`/v1/articles/${FIRST_KEY + 59}`)).toMatchObject({ beRead });
  });

  it.each(["science", "technology"])(
    "of %s are paged by home without loss or repeat",
    async (category) => {
      const items = await readAll<Fields>(`/v1/articles?category=${category}&`, 13);
      expect(items.every((item) => item["category"] === category)).toBe(true);
      const expected = articleRows.filter((row) => row["category"] === category);
      expect(items.filter(isOurs("aid")).map(({ aid }) => aid)).toEqual(keysOf(expected, "aid"));
    },
  );

  it("of all categories are paged over all shards", async () => {
    const items = await readAll<Fields>("/v1/articles?", 17);
    expect(items.filter(isOurs("aid")).map(({ aid }) => aid)).toEqual(keysOf(articleRows, "aid"));
  });

  it.each(Object.entries(flags))("list who is in %s, each once", async (list, flag) => {
    const uids = await readAll(`/v1/articles/${FIRST_KEY}/be-read?list=${list}&`, 7);
    expect(uids).toEqual(readersOf(FIRST_KEY, flag));
  });

  it("that nobody read have empty lists", async () => {
    const page = await get(`/v1/articles/${FIRST_KEY + 59}/be-read?list=read`);
    expect(page).toEqual({ items: [], next: null });
  });
});

describe("an answer", () => {
  const paths = [
    `/v1/users/${FIRST_KEY}`,
    "/v1/users?region=Beijing",
    `/v1/users/${FIRST_KEY}/reads`,
    `/v1/articles/${FIRST_KEY}`,
    `/v1/articles/${FIRST_KEY}/be-read?list=read`,
  ];

  it.each(paths)("of %s is not sent again to who has it", async (path) => {
    const etag = (await fetch(url + path)).headers.get("etag") ?? "";
    expect(etag).toMatch(/^"[\w-]{27}"$/);
    for (const given of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const again = await fetch(url + path, { headers: { "if-none-match": given } });
      expect(again.status).toBe(304);
      expect(await again.text()).toBe("");
    }
    const other = await fetch(url + path, { headers: { "if-none-match": '"other"' } });
    expect(other.status).toBe(200);
  });

  it("to HEAD has the headers alone", async () => {
    const response = await fetch(`${url}${paths[0]}`, { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.text()).toBe("");
  });
});
