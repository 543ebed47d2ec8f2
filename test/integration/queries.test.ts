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
  mediaOf,
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

type Fits = (row: Fields) => boolean;

/** Ours among them, in an order that `sort` gives by one field, its ties by the key. */
const pick = (rows: readonly Fields[], fits: Fits, key: string, sort?: string): unknown[] => {
  const direction = sort?.startsWith("-") === true ? -1 : 1;
  const field = sort?.replace(/^-/, "") ?? "";
  const chosen = rows.filter(fits);
  if (sort === undefined) return keysOf(chosen, key);
  const compare = (one: unknown, other: unknown): number =>
    one === other ? 0 : (one as string | number) < (other as string | number) ? -1 : 1;
  const home = (row: Fields): bigint => BigInt(row["home"] ?? 0);
  return chosen
    .sort(
      (one, other) =>
        direction *
        (compare(one[field], other[field]) ||
          (home(one) === home(other) ? 0 : home(one) < home(other) ? -1 : 1) ||
          compare(one[key], other[key])),
    )
    .map((row) => row[key]);
};

const inRange = (row: Fields, low: number, high: number): boolean =>
  Number(row["timestamp"]) >= low && Number(row["timestamp"]) < high;

describe("lists by their fields", () => {
  const time = 1_410_000_000_000 + FIRST_KEY;
  const usersThatFit: readonly { text: string; fits: Fits; sort?: string }[] = [
    { text: "gender=female", fits: (row) => row["gender"] === "female" },
    {
      text: "region=Beijing&grade[in]=grade1,grade3",
      fits: (row) => row["region"] === "Beijing" && /[13]$/.test(String(row["grade"])),
    },
    {
      text: `timestamp[gte]=${time + 10}&timestamp[lt]=${time + 50}`,
      fits: (row) => inRange(row, time + 10, time + 50),
    },
    {
      text: "obtainedCredits[gt]=50&obtainedCredits[lte]=60",
      fits: (row) => Number(row["obtainedCredits"]) > 50 && Number(row["obtainedCredits"]) <= 60,
      sort: "-obtainedCredits",
    },
    { text: "language=en", fits: (row) => row["language"] === "en", sort: "dept" },
    { text: "language=zh", fits: (row) => row["language"] === "zh", sort: "-timestamp" },
    { text: "role=role1", fits: (row) => row["role"] === "role1", sort: "uid" },
    {
      text: `uid[in]=${FIRST_KEY},${FIRST_KEY + 7},8999999999999999`,
      fits: ({ uid }) => uid === FIRST_KEY || uid === FIRST_KEY + 7,
    },
    { text: `uid=${FIRST_KEY}&region=Hong Kong`, fits: () => false },
    {
      text: `name=${encodeURIComponent(String(userRows[0]?.["name"]))}`,
      fits: ({ uid }) => uid === FIRST_KEY,
    },
    { text: `name=${encodeURIComponent("😀")}`, fits: () => false },
    { text: "region[gt]=Beijing", fits: (row) => row["region"] === "Hong Kong" },
  ];

  it.each(usersThatFit)(
    "are the users with $text sorted by $sort",
    async ({ text, fits, sort }) => {
      const order = sort === undefined ? "" : `&sort=${sort}`;
      const items = await readAll<Fields>(`/v1/users?fields=uid&${text}${order}&`, 17);
      expect(items.filter(isOurs("uid")).map(({ uid }) => uid)).toEqual(
        pick(userRows, fits, "uid", sort),
      );
      expect(items.every((item) => Object.keys(item).join() === "uid")).toBe(true);
    },
  );

  it.each(["sort=title", "sort=-title", "sort=-authors,articleTags", "sort=id"])(
    "are all articles, each once, with %s",
    async (text) => {
      const items = await readAll<Fields>(`/v1/articles?fields=aid&${text}&`, 7);
      const found = items.filter(isOurs("aid")).map(({ aid }) => aid);
      expect(found).toHaveLength(articleRows.length);
      expect(new Set(found).size).toBe(articleRows.length);
      if (text === "sort=title")
        expect(found).toEqual(pick(articleRows, () => true, "aid", "title"));
    },
  );

  it("order texts as the database compares them, over all shards", async () => {
    const items = await readAll<Fields>("/v1/users?fields=uid,name&sort=name&", 23);
    const names = items.filter(isOurs("uid")).map(({ name }) => String(name));
    expect(names).toEqual([...names].sort());
    expect(names).toHaveLength(userRows.length);
  });
});

describe("reads", () => {
  const category = (row: Fields): unknown => titleOf(row["aid"])["category"];
  const time = 1_430_000_000_000;
  const ours = `timestamp[gte]=${time}&id[gte]=q&uid[gte]=${FIRST_KEY}&uid[lte]=${FIRST_KEY + 300}`;
  const forms: readonly { text: string; fits: Fits; sort?: string }[] = [
    { text: `${ours}&agreeOrNot=1`, fits: (row) => row["agreeOrNot"] === 1 },
    { text: `${ours}&sort=readTimeLength`, fits: () => true, sort: "readTimeLength" },
    { text: `${ours}&category=technology`, fits: (row) => category(row) === "technology" },
    { text: `uid=${FIRST_KEY}`, fits: ({ uid }) => uid === FIRST_KEY },
    {
      text: `uid[in]=${FIRST_KEY},${FIRST_KEY + 3}`,
      fits: ({ uid }) => uid === FIRST_KEY || uid === FIRST_KEY + 3,
    },
    { text: `aid=${FIRST_KEY}`, fits: ({ aid }) => aid === FIRST_KEY },
    {
      text: `aid=${FIRST_KEY}&readSequence=2`,
      fits: (row) => row["aid"] === FIRST_KEY && row["readSequence"] === 2,
    },
    {
      text: `aid[in]=${FIRST_KEY},${FIRST_KEY + 1}&commentOrNot=1`,
      fits: (row) =>
        (row["aid"] === FIRST_KEY || row["aid"] === FIRST_KEY + 1) && row["commentOrNot"] === 1,
    },
    {
      text: `aid=${FIRST_KEY}&sort=readTimeLength`,
      fits: ({ aid }) => aid === FIRST_KEY,
      sort: "readTimeLength",
    },
    { text: `aid=${FIRST_KEY}&sort=-timestamp`, fits: ({ aid }) => aid === FIRST_KEY },
    {
      text: `uid=${FIRST_KEY}&title=title${FIRST_KEY + 4}`,
      fits: (row) => row["uid"] === FIRST_KEY && row["aid"] === FIRST_KEY + 4,
    },
  ];

  it.each(forms)("with $text come each once", async ({ text, fits, sort }) => {
    const items = await readAll<Fields>(`/v1/reads?${text}&`, 7);
    const expected = readRows.filter(fits);
    expect(items.map(({ id }) => id).sort()).toEqual(expected.map(({ id }) => id).sort());
    if (sort !== undefined) {
      const values = items.map((item) => Number(item[sort]));
      expect(values).toEqual([...values].sort((one, other) => one - other));
    }
    const [item] = items;
    const row = readRows.find(({ id }) => id === item?.["id"]);
    expect(item).toEqual({
      ...without(row ?? {}, "home", "articleHome"),
      ...titleOf(row?.["aid"]),
    });
  });
});

describe("users by what they read", () => {
  const time = 1_430_000_000_000;
  const readersWith = (fits: Fits): number[] =>
    [...new Set(readRows.filter(fits).map(({ uid }) => Number(uid)))].sort((a, b) => a - b);

  it.each([
    {
      text: `read.category=science&read.timestamp[gte]=${time + 20_000}&read.timestamp[lt]=${time + 40_000}`,
      fits: (row: Fields) =>
        titleOf(row["aid"])["category"] === "science" && inRange(row, time + 20_000, time + 40_000),
    },
    {
      text: "read.category=technology",
      fits: (row: Fields) => titleOf(row["aid"])["category"] === "technology",
    },
    {
      text: `read.aid=${FIRST_KEY}&read.agreeOrNot=1&read.shareOrNot=1`,
      fits: (row: Fields) =>
        row["aid"] === FIRST_KEY && row["agreeOrNot"] === 1 && row["shareOrNot"] === 1,
    },
  ])("are those who have one that fits $text", async ({ text, fits }) => {
    const items = await readAll<Fields>(`/v1/users?fields=uid&sort=uid&${text}&`, 7);
    expect(items.filter(isOurs("uid")).map(({ uid }) => uid)).toEqual(readersWith(fits));
  });
});

describe("the readers of an article", () => {
  const path = `/v1/articles/${FIRST_KEY}/readers`;
  const readers = (fits: Fits, userFits: Fits = () => true): unknown[] => {
    const uids = readRows
      .filter((row) => row["aid"] === FIRST_KEY && fits(row))
      .map(({ uid }) => uid);
    return userRows
      .filter((row) => uids.includes(row["uid"] ?? 0) && userFits(row))
      .map((row) => without(row, "home"));
  };

  it.each([1, 9, 500])("are users, each once, %i a page", async (limit) => {
    expect(await readAll(`${path}?`, limit)).toEqual(readers(() => true));
  });

  it("can be asked by what they are and by how they read it", async () => {
    expect(await readAll(`${path}?gender=female&grade=grade2&`, 3)).toEqual(
      readers(
        () => true,
        (row) => row["gender"] === "female" && row["grade"] === "grade2",
      ),
    );
    expect(await readAll(`${path}?region=Beijing&read.agreeOrNot=1&`, 3)).toEqual(
      readers(
        (row) => row["agreeOrNot"] === 1,
        (row) => row["region"] === "Beijing",
      ),
    );
  });
});

describe("be-reads", () => {
  const beReadOf = (aid: number): Fields => {
    const ofArticle = readRows.filter((row) => row["aid"] === aid);
    const count = (flag: string): number => ofArticle.filter((row) => row[flag] === 1).length;
    return {
      id: `a${aid}`,
      timestamp: Math.max(...ofArticle.map(({ timestamp }) => Number(timestamp))),
      aid,
      category: String(titleOf(aid)["category"]),
      readNum: count("readOrNot"),
      commentNum: count("commentOrNot"),
      agreeNum: count("agreeOrNot"),
      shareNum: count("shareOrNot"),
    };
  };

  it("are found by aid, with the time of the newest read", async () => {
    expect(await readAll(`/v1/be-reads?aid=${FIRST_KEY}&`, 5)).toEqual([beReadOf(FIRST_KEY)]);
  });

  it.each(["", "category=science&", "category=technology&"])(
    "of %s are sorted by any count",
    async (text) => {
      const items = await readAll<Fields>(`/v1/be-reads?${text}sort=-readNum,aid&`, 7);
      const category = /=(.*)&/.exec(text)?.[1];
      const expected = articleRows
        .filter((row) => Number(row["aid"]) < FIRST_KEY + 30)
        .filter((row) => category === undefined || row["category"] === category)
        .map((row) => beReadOf(Number(row["aid"])))
        .sort(
          (one, other) =>
            Number(other["readNum"]) - Number(one["readNum"]) ||
            Number(one["aid"]) - Number(other["aid"]),
        );
      expect(items.filter(isOurs("aid"))).toEqual(expected);
    },
  );

  it("are found by the time of their newest read", async () => {
    const { timestamp } = beReadOf(FIRST_KEY + 12);
    const items = await readAll<Fields>(`/v1/be-reads?timestamp=${timestamp}&sort=-timestamp&`, 2);
    expect(items.filter(isOurs("aid")).map(({ aid }) => aid)).toContain(FIRST_KEY + 12);
    expect(items.every((item) => item["timestamp"] === timestamp)).toBe(true);
  });
});

describe("a user's reads", () => {
  const path = `/v1/users/${FIRST_KEY}/reads`;
  const expected = readRows
    .filter(({ uid }) => uid === FIRST_KEY)
    .sort(newestFirst)
    .map((row) => ({ ...without(row, "home", "articleHome"), ...titleOf(row["aid"]) }));

  it.each([1, 7, 31, 100])("come newest first with their articles, %i a page", async (limit) => {
    expect(await readAll(`${path}?`, limit)).toEqual(expected);
  });

  it("are filtered and sorted by any of their fields", async () => {
    const items = await readAll<Fields>(`${path}?category=science&sort=timestamp,id&`, 4);
    expect(items).toEqual(expected.filter(({ category }) => category === "science").reverse());
    const some = await readAll<Fields>(`${path}?fields=id,title&commentOrNot=1&`, 100);
    expect(some).toEqual(
      expected
        .filter((row) => (row as Fields)["commentOrNot"] === 1)
        .map((row) => ({ id: (row as Fields)["id"], title: row["title"] })),
    );
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
      media: mediaOf(FIRST_KEY),
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

describe("fields", () => {
  it("are those asked for", async () => {
    expect(await get(`/v1/users/${FIRST_KEY}?fields=uid,region`)).toEqual({
      uid: FIRST_KEY,
      region: "Beijing",
    });
    expect(await get(`/v1/articles/${FIRST_KEY}?fields=aid,beRead`)).toMatchObject({
      aid: FIRST_KEY,
      beRead: { readNum: expect.any(Number) },
    });
    expect(await get(`/v1/articles/${FIRST_KEY}?fields=aid`)).toEqual({ aid: FIRST_KEY });
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
    expect(etag).toMatch(/^"[\w-]{27}(\.[\w-]{27})?"$/);
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
