/** Popular ranks over reads at the edges of a day, a week, a month and a year. */
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { FIRST_PLACEMENT, placement } from "#shared/placement.ts";
import { articles, reads, users } from "#shared/tables.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { get, without } from "./query-client.ts";
import {
  deleteRows,
  FIRST_KEY,
  type Fields,
  insert,
  insertDirectory,
  mediaOf,
  toArticle,
  toUser,
  untilDerived,
} from "./query-rows.ts";
import { send, untilEnded } from "./write-client.ts";

const { url, vtgateUrl } = inject("cluster");
const vtgate = createVtgate(vtgateUrl, { connections: 2 });

const user = toUser(FIRST_KEY, "Beijing");
const articleRows = Array.from({ length: 8 }, (_, index) => toArticle(FIRST_KEY + index));
const aidOf = (index: number): number => FIRST_KEY + index;

/** How often each article was read, by the moment. 2001-12-31 was a Monday. */
const moments: readonly { at: string; counts: Readonly<Record<number, number>> }[] = [
  { at: "2001-12-30T23:59:59.999Z", counts: { 7: 9 } },
  { at: "2001-12-31T00:00:00.000Z", counts: { 0: 1, 1: 3 } },
  { at: "2001-12-31T23:59:59.999Z", counts: { 2: 3 } },
  { at: "2002-01-01T00:00:00.000Z", counts: { 3: 1, 4: 1, 5: 1, 6: 1, 0: 4 } },
  { at: "2002-01-06T23:59:59.999Z", counts: { 6: 1 } },
  { at: "2002-01-07T00:00:00.000Z", counts: { 7: 8 } },
];

const toRead = (number: number, aid: number, timestamp: number): Fields => ({
  home: user["home"] ?? 0,
  id: `k${number}`,
  timestamp,
  uid: FIRST_KEY,
  aid,
  articleHome: articleRows[aid - FIRST_KEY]?.["home"] ?? 0,
  readTimeLength: 1,
  readSequence: 0,
  readOrNot: 1,
  agreeOrNot: 0,
  commentOrNot: 0,
  commentDetail: "",
  shareOrNot: 0,
});

const readRows = moments
  .flatMap(({ at, counts }) =>
    Object.entries(counts).flatMap(([index, count]) =>
      Array.from({ length: count }, () => [aidOf(Number(index)), Date.parse(at)] as const),
    ),
  )
  .map(([aid, timestamp], number) => toRead(number, aid, timestamp));

beforeAll(async () => {
  await insert(vtgate, users, [user]);
  await insertDirectory(vtgate, users, [user]);
  await insert(vtgate, articles, articleRows);
  await insertDirectory(vtgate, articles, articleRows);
  await insert(vtgate, reads, readRows);
  await untilDerived(vtgate, readRows.length);
});

afterAll(async () => {
  await vtgate.tagenal.write("DELETE FROM popular_rank WHERE timestamp < ?", [
    Date.parse("2002-03-01"),
  ]);
  await deleteRows(vtgate);
  await vtgate.close();
});

interface Answer {
  readonly articleAidList: readonly number[];
  readonly articles: readonly Fields[];
}

const storedOf = async (granularity: string, start: string): Promise<unknown[]> => {
  const timestamp = Date.parse(start);
  const home = placement(FIRST_PLACEMENT, "ranks", granularity, timestamp);
  const rows = await vtgate.tagenal.query(
    "SELECT id, article_aid_list FROM popular_rank WHERE home = ? AND temporal_granularity = ? AND timestamp = ?",
    [home, granularity, timestamp],
  );
  return rows.map((row) => ({ ...row }));
};

describe("ranks", () => {
  it.each([
    { path: "daily/2001-12-30", start: "2001-12-30", order: [7] },
    { path: "daily/2001-12-31", start: "2001-12-31", order: [1, 2, 0] },
    { path: "daily/2002-01-01", start: "2002-01-01", order: [0, 3, 4, 5, 6] },
    { path: "daily/2002-01-02", start: "2002-01-02", order: [] },
    { path: "weekly/2002-01-01", start: "2001-12-31", order: [0, 1, 2, 6, 3] },
    { path: "weekly/2001-12-30", start: "2001-12-24", order: [7] },
    { path: "monthly/2001-12-15", start: "2001-12-01", order: [7, 1, 2, 0] },
    { path: "monthly/2002-01-31", start: "2002-01-01", order: [7, 0, 6, 3, 4] },
  ])("of $path are made at the first ask, and stored", async ({ path, start, order }) => {
    const aids = order.map(aidOf);
    const first = (await get(`/v1/ranks/${path}`)) as Answer;
    expect(first.articleAidList).toEqual(aids);
    const [granularity = ""] = path.split("/");
    expect(await storedOf(granularity, start)).toEqual([
      { id: `${granularity}-${start}`, article_aid_list: aids.join() },
    ]);
    expect(await get(`/v1/ranks/${path}`)).toEqual(first);
  });

  it("show their articles in full with their counts", async () => {
    const { articles: [first] = [] } = (await get("/v1/ranks/daily/2001-12-30")) as Answer;
    expect(first).toEqual({
      ...without(articleRows[7] ?? {}, "home"),
      beRead: { readNum: 17, commentNum: 0, agreeNum: 0, shareNum: 0 },
      media: mediaOf(aidOf(7)),
    });
  });

  it.each([
    { path: "daily/2999-01-01", status: 404, field: "date" },
    { path: "daily/2015-02-30", status: 400, field: "date" },
    { path: "hourly/2015-02-28", status: 400, field: "granularity" },
    { path: "daily/2015-02-28?limit=3", status: 400, field: "limit" },
  ])("of $path are refused with the field", async ({ path, status, field }) => {
    const response = await fetch(`${url}/v1/ranks/${path}`);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ field });
  });

  it("are made anew as an operation, for reads that came late", async () => {
    const [late] = moments;
    if (late === undefined) throw new Error("there is no moment");
    const rows = Array.from({ length: 10 }, (_, index) =>
      toRead(1_000 + index, aidOf(3), Date.parse(late.at)),
    );
    expect(await get("/v1/ranks/daily/2001-12-30")).toMatchObject({ articleAidList: [aidOf(7)] });
    await insert(vtgate, reads, rows);
    await untilDerived(vtgate, readRows.length + rows.length);
    const request = { kind: "rank", granularity: "daily", date: "2001-12-30" };
    const { status, body, headers } = await send("POST", "/v1/operations", request);
    expect(status).toBe(202);
    expect(body).toMatchObject({ kind: "rank" });
    expect(await untilEnded(headers.get("location") ?? "")).toMatchObject({
      state: "succeeded",
      result: { articleAidList: [aidOf(3), aidOf(7)] },
    });
    expect(await get("/v1/ranks/daily/2001-12-30")).toMatchObject({
      articleAidList: [aidOf(3), aidOf(7)],
    });
    const wrong = await send("POST", "/v1/operations", { ...request, date: "yesterday" });
    expect(wrong).toMatchObject({ status: 400, body: { field: "date" } });
    const early = await send("POST", "/v1/operations", { ...request, date: "2999-01-01" });
    expect(early.status).toBe(409);
  });

  it("begin with 1970, in the middle of a week", async () => {
    expect(await get("/v1/ranks/weekly/1970-01-01")).toMatchObject({
      timestamp: 0,
      from: "1970-01-01",
      to: "1970-01-04",
      articleAidList: [],
    });
  });
});
