/** Each function that callers reach, once, as a caller uses it; most of them wake from zero for it. */
import { hash } from "node:crypto";
import { afterAll, describe, expect, inject, it } from "vitest";
import { createVtgate } from "#shared/vtgate.ts";
import { createLoadClient } from "../integration/load-client.ts";
import { get } from "../integration/query-client.ts";
import { send, untilEnded, untilEqual } from "../integration/write-client.ts";
import { newArticle, newRead, newUser } from "../integration/write-rows.ts";
import { article, read, toLines, user } from "../plan-load/input.ts";

const cluster = inject("cluster");
const { url, token, vtgateUrl } = cluster;
const vtgate = createVtgate(vtgateUrl, { connections: 2 });
const [UID, AID] = [6_900_000_001, 6_900_000_001];
/** A Monday on which nothing else was read. */
const DAY = "2001-05-07";

afterAll(async () => {
  await vtgate.tagenal.write("DELETE FROM popular_rank WHERE timestamp < ?", [
    Date.parse("2001-06-01"),
  ]);
  await vtgate.close();
});

const countsOf = async (aid: number): Promise<unknown> =>
  ((await get(`/v1/articles/${aid}`)) as { beRead: { readNum: number } }).beRead.readNum;

describe("the functions on Kubernetes", () => {
  it("show the servers and the pages", async () => {
    const { items } = (await get("/v1/tablets")) as { items: { state: string }[] };
    expect(items).toHaveLength(9);
    expect(items.every(({ state }) => state === "serving")).toBe(true);
    const page = await fetch(url);
    expect(page.headers.get("content-security-policy")).toMatch(/default-src/);
    expect(await page.text()).toContain("<!doctype html>");
  });

  it("write users, articles and reads, and find them again", async () => {
    expect(await send("POST", "/v1/users", newUser(UID))).toMatchObject({ status: 201 });
    expect(await send("POST", "/v1/articles", newArticle(AID))).toMatchObject({ status: 201 });
    const timestamp = Date.parse(`${DAY}T12:00:00Z`);
    const rows = ["r1", "r2"].map((id) => ({ ...newRead(UID, AID), id, timestamp }));
    expect(await send("POST", "/v1/reads", rows)).toMatchObject({ status: 201 });
    expect(await get(`/v1/users/${UID}`)).toMatchObject({ uid: UID, region: "Beijing" });
    const { items } = (await get(`/v1/reads?uid=${UID}`)) as { items: object[] };
    expect(items).toHaveLength(2);
    await untilEqual(() => countsOf(AID), 2);
  });

  it("rank articles at the first ask, and anew as an operation", async () => {
    expect(await get(`/v1/ranks/daily/${DAY}`)).toMatchObject({ articleAidList: [AID] });
    const request = { kind: "rank", granularity: "weekly", date: DAY };
    const { status, headers } = await send("POST", "/v1/operations", request);
    expect(status).toBe(202);
    expect(await untilEnded(headers.get("location") ?? "")).toMatchObject({
      state: "succeeded",
      result: { articleAidList: [AID] },
    });
  });

  it("move an article to another category, with its reads", async () => {
    const answer = await send("PATCH", `/v1/articles/${AID}`, { category: "technology" });
    expect(answer.status).toBe(202);
    expect(await untilEnded(answer.headers.get("location") ?? "")).toMatchObject({
      state: "succeeded",
    });
    await untilEqual(() => countsOf(AID), 2);
    const { items } = (await get(`/v1/be-reads?aid=${AID}`)) as { items: object[] };
    expect(items).toMatchObject([{ aid: AID, category: "technology", readNum: 2 }]);
    for (const path of [`/v1/users/${UID}`, `/v1/articles/${AID}`])
      expect([200, 202, 204]).toContain((await send("DELETE", path)).status);
  });

  it("take media and serve them, in part if asked so", async () => {
    const content = Buffer.from("as announced");
    const file = {
      ...{ aid: AID + 1, name: "a.txt", size: content.length },
      ...{ sha256: hash("sha256", content), type: "text/plain; charset=utf-8" },
    };
    const { status, body } = await send("POST", "/v1/media", { files: [file] });
    expect(status, JSON.stringify(body)).toBeLessThan(300);
    const [upload] = body["files"] as { url: string; headers: Record<string, string> }[];
    const put = { method: "PUT", headers: upload?.headers ?? {}, body: content };
    expect((await fetch(upload?.url ?? "", put)).status).toBe(200);
    const range = { headers: { range: "bytes=3-" } };
    const served = await fetch(`${url}/v1/media/${AID + 1}/a.txt`, range);
    expect([served.status, await served.text()]).toEqual([206, "announced"]);
  });

  it("take a load out again that is cancelled", async () => {
    const client = createLoadClient(cluster);
    const first = AID + 1_000;
    const keys = Array.from({ length: 40 }, (_, index) => first + index);
    const keyOf = (index: number): number => keys[index % keys.length] ?? first;
    const reads = Array.from({ length: 40_000 }, (_, index) =>
      read(0, keyOf(index), keyOf(7 * index), { id: `c${index}` }),
    );
    const id = await client.begin({
      "user.dat": toLines(...keys.map((key) => user(key))),
      "article.dat": toLines(...keys.map((key) => article(key))),
      "read.dat": toLines(...reads),
    });
    await client.until(id, ({ progress, state }) => {
      const { done = 0 } = (progress as { rows?: { done?: number } }).rows ?? {};
      return (progress.phase === "loading" && done > 0) || state === "failed";
    });
    const path = `/v1/operations/${id}/cancel`;
    expect((await client.call("POST", path, { loaded: "remove" })).status).toBe(202);
    expect((await client.untilEnd(id)).state).toBe("cancelled");
    const sql = "select count(*) as count from user_read where uid between ? and ?";
    const [row] = await vtgate.tagenal.query<{ count: number }>(sql, [first, first + 39]);
    expect(row?.count).toBe(0);
  });

  it("refuse whoever has no token", async () => {
    const anonymous = await fetch(`${url}/v1/users`, { method: "POST" });
    expect(anonymous.status).toBe(401);
    const wrong = { authorization: `Bearer ${token}x` };
    expect((await fetch(`${url}/v1/operations`, { method: "POST", headers: wrong })).status).toBe(
      401,
    );
  });
});
