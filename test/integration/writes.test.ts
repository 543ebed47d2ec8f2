import { afterAll, describe, expect, inject, it } from "vitest";
import { FIRST_PLACEMENT, placement, slot } from "#shared/placement.ts";
import { signReader } from "#shared/reader-token.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { readAll } from "./query-client.ts";
import { FIRST_KEY, getKept, LAST_KEY, send, untilEqual } from "./write-client.ts";
import { newArticle, newRead, newUser } from "./write-rows.ts";

const { url, token, vtgateUrl } = inject("cluster");
const vtgate = createVtgate(vtgateUrl, { connections: 4 });

afterAll(async () => {
  for (const table of ["user_read", "user", "user_directory"])
    await vtgate.tagenal.write(
      `DELETE FROM ${table} WHERE uid BETWEEN ${FIRST_KEY} AND ${LAST_KEY}`,
    );
  for (const table of ["article", "article_directory"])
    await vtgate.tagenal.write(
      `DELETE FROM ${table} WHERE aid BETWEEN ${FIRST_KEY} AND ${LAST_KEY}`,
    );
  await vtgate.close();
});

let lastKey = FIRST_KEY;
const nextKey = (): number => {
  lastKey += 1;
  return lastKey;
};

const homesOf = async (table: string, key: string, id: number): Promise<string[]> => {
  const rows = await vtgate.tagenal.query<{ home: string }>(
    `SELECT home FROM ${table} WHERE ${key} = ?`,
    [id],
  );
  return rows.map(({ home }) => home);
};

const kinds = [
  { name: "users", key: "uid", table: "user", toRow: newUser, places: ["Beijing", "Hong Kong"] },
  {
    name: "articles",
    key: "aid",
    table: "article",
    toRow: newArticle,
    places: ["science", "technology"],
  },
] as const;

describe.each(kinds)("$name", ({ name, key, table, toRow, places }) => {
  const [home, elsewhere] = places;
  const placingField = name === "users" ? "region" : "category";

  it("are written, found, changed and deleted", async () => {
    const id = nextKey();
    const path = `/v1/${name}/${id}`;
    const row = toRow(id, home);
    const { id: _id, ...withoutId } = row;
    const created = await send("POST", `/v1/${name}`, withoutId);
    expect(created).toMatchObject({ status: 201, body: row });
    expect(created.headers.get("location")).toBe(path);
    expect(await getKept(path)).toMatchObject(row);
    expect(await homesOf(table, key, id)).toEqual([
      String(placement(FIRST_PLACEMENT, name, home, id)),
    ]);

    const changed = await send("PATCH", path, { language: "fr" });
    expect(changed).toMatchObject({ status: 200, body: { ...row, language: "fr" } });
    expect(await getKept(path)).toMatchObject({ ...row, language: "fr" });

    expect((await send("DELETE", path)).status).toBe(204);
    expect((await fetch(url + path)).status).toBe(404);
    expect(await homesOf(table, key, id)).toEqual([]);
    expect(await homesOf(`${table}_directory`, key, id)).toEqual([]);
    expect((await send("DELETE", path)).status).toBe(404);
    expect((await send("PATCH", path, { language: "fr" })).status).toBe(404);
  });

  it("have a key once over all shards, however many want it at a time", async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      const id = nextKey();
      const rows = Array.from({ length: 12 }, (_, index) => ({
        ...toRow(id, places[index % 2]),
        language: `l${index}`,
      }));
      const answers = await Promise.all(rows.map((row) => send("POST", `/v1/${name}`, row)));
      const created = answers.filter(({ status }) => status === 201);
      expect(created).toHaveLength(1);
      const others = answers.filter(({ status }) => status !== 201);
      for (const other of others)
        expect(other).toMatchObject({ status: 409, body: { field: key } });
      expect(await homesOf(table, key, id)).toHaveLength(1);
      expect(await homesOf(`${table}_directory`, key, id)).toEqual(await homesOf(table, key, id));
      expect(await getKept(`/v1/${name}/${id}`)).toMatchObject(created[0]?.body ?? {});
    }
  });

  it("take over a key whose writer died between its entry and its row", async () => {
    const id = nextKey();
    const left = placement(FIRST_PLACEMENT, name, elsewhere, id);
    await vtgate.tagenal.write(
      `INSERT INTO ${table}_directory (slot, ${key}, home) VALUES (?, ?, ?)`,
      [slot(id), id, left],
    );
    expect((await fetch(`${url}/v1/${name}/${id}`)).status).toBe(404);
    expect(await send("POST", `/v1/${name}`, toRow(id, home))).toMatchObject({ status: 201 });
    expect(await homesOf(`${table}_directory`, key, id)).toEqual(await homesOf(table, key, id));
    expect(await getKept(`/v1/${name}/${id}`)).toMatchObject(toRow(id, home));
  });

  it("are changed only as the caller has seen them", async () => {
    const id = nextKey();
    const path = `/v1/${name}/${id}`;
    const { headers } = await send("POST", `/v1/${name}`, toRow(id, home));
    const seen = headers.get("etag") ?? "";
    const got = (await fetch(url + path)).headers.get("etag") ?? "";
    // An article's counts have a part of their own behind a dot.
    expect(got.replace(/\.[^.]*"$/, '"')).toBe(seen);
    const first = await send("PATCH", path, { language: "fr" }, { "if-match": got });
    expect(first.status).toBe(200);
    const stale = await send("PATCH", path, { language: "de" }, { "if-match": seen });
    expect(stale).toMatchObject({ status: 412, body: { field: "If-Match" } });
    expect((await send("DELETE", path, undefined, { "if-match": seen })).status).toBe(412);
    const next = first.headers.get("etag") ?? "";
    const both = await Promise.all(
      ["it", "es"].map((language) => send("PATCH", path, { language }, { "if-match": next })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
    expect(await getKept(path)).toMatchObject({
      language: both.find(({ status }) => status === 200)?.body["language"],
    });
    expect((await send("DELETE", path, undefined, { "if-match": "*" })).status).toBe(204);
  });

  it("sent twice under one Idempotency-Key are written once", async () => {
    const id = nextKey();
    const key1 = { "idempotency-key": `test-${name}-${id}` };
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => send("POST", `/v1/${name}`, toRow(id, home), key1)),
    );
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    await send("PATCH", `/v1/${name}/${id}`, { language: "fr" });
    const again = await send("POST", `/v1/${name}`, toRow(id, home), key1);
    expect(again).toMatchObject({ status: 201, body: toRow(id, home) });
    const other = await send("POST", `/v1/${name}`, toRow(id, elsewhere), key1);
    expect(other).toMatchObject({ status: 422, body: { field: "Idempotency-Key" } });
    expect(await send("POST", `/v1/${name}`, toRow(id, home))).toMatchObject({ status: 409 });
  });

  it("say what is wrong with what they are sent", async () => {
    const id = nextKey();
    const row = toRow(id, home);
    const path = `/v1/${name}`;
    const cases = [
      { body: { ...row, language: 7 }, status: 400, field: "language" },
      { body: { ...row, colour: "red" }, status: 400, field: "colour" },
      { body: { ...row, [key]: String(id) }, status: 400, field: key },
      { body: { ...row, [placingField]: "Mars" }, status: 422, field: placingField },
      { body: [row], status: 400, field: undefined },
      { body: undefined, status: 400, field: undefined },
    ];
    for (const { body, status, field } of cases) {
      const answer = await send("POST", path, body);
      expect(answer.status).toBe(status);
      expect(answer.body["field"]).toBe(field);
    }
    await send("POST", path, row);
    for (const body of [{ [placingField]: "Mars" }, { [placingField]: elsewhere, language: "fr" }])
      expect(await send("PATCH", `${path}/${id}`, body)).toMatchObject({
        status: 422,
        body: { field: placingField },
      });
    const same = await send("PATCH", `${path}/${id}`, { [placingField]: home });
    expect(same).toMatchObject({ status: 200, body: row });
    expect(await send("PATCH", `${path}/${id}`, { [key]: 1 })).toMatchObject({
      status: 400,
      body: { field: key },
    });
    expect(await send("PATCH", `${path}/${id}`, {})).toMatchObject({ status: 400 });
    const unknown = await send("POST", path, row, { authorization: "Bearer wrong" });
    expect(unknown.status).toBe(401);
  });
});

describe("reads", () => {
  const create = async (): Promise<{ uid: number; aid: number }> => {
    const [uid, aid] = [nextKey(), nextKey()];
    await send("POST", "/v1/users", newUser(uid));
    await send("POST", "/v1/articles", newArticle(aid, "technology"));
    return { uid, aid };
  };

  it("are written one at a time or many, and reach their article", async () => {
    const { uid, aid } = await create();
    const other = nextKey();
    await send("POST", "/v1/users", newUser(other, "Hong Kong"));
    const one = await send("POST", "/v1/reads", newRead(uid, aid));
    expect(one).toMatchObject({ status: 201, body: newRead(uid, aid) });
    const batch = Array.from({ length: 500 }, (_, index) => ({
      ...newRead(index % 2 === 0 ? uid : other, aid),
      id: `b${index}`,
      agreeOrNot: index % 5 === 0 ? 1 : 0,
    }));
    const many = await send("POST", "/v1/reads", batch);
    expect(many).toMatchObject({ status: 201, body: { items: batch } });
    expect(await readAll(`/v1/reads?uid[in]=${uid},${other}&fields=id&`, 300)).toHaveLength(501);
    await untilEqual(
      async () => ((await getKept(`/v1/articles/${aid}`)) as { beRead: unknown }).beRead,
      { readNum: 501, commentNum: 501, agreeNum: 101, shareNum: 0 },
    );
    expect(await getKept(`/v1/articles/${aid}/be-read?list=agree`)).toMatchObject({
      items: [uid, other],
    });
  });

  it("are written with a reader's token for her alone, and so is nothing else", async () => {
    const { uid, aid } = await create();
    const authorization = `Bearer ${await signReader(token, uid, 1)}`;
    const reader = { authorization };
    const other = await send("POST", "/v1/reads", [newRead(uid, aid), newRead(1, aid)], reader);
    expect(other).toMatchObject({
      status: 403,
      body: { field: "1.uid", detail: `1.uid: this token is for the reads of user ${uid} alone` },
    });
    expect((await send("POST", "/v1/reads", newRead(uid, aid), reader)).status).toBe(201);
    const change = await send("PATCH", `/v1/users/${uid}`, { grade: "grade4" }, reader);
    expect(change).toMatchObject({ status: 403 });
    const operation = { kind: "rank", granularity: "daily", date: "2018-05-01" };
    expect((await send("POST", "/v1/operations", operation, reader)).status).toBe(403);
    expect(await readAll(`/v1/users/${uid}/reads?`, 10)).toHaveLength(1);
  });

  it("sent twice under one Idempotency-Key are written once", async () => {
    const { uid, aid } = await create();
    const key = { "idempotency-key": `test-reads-${uid}` };
    const batch = [newRead(uid, aid), newRead(uid, aid)];
    const answers = await Promise.all(
      Array.from({ length: 3 }, () => send("POST", "/v1/reads", batch, key)),
    );
    for (const answer of answers) expect(answer).toMatchObject({ status: 201 });
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(await readAll(`/v1/users/${uid}/reads?`, 10)).toHaveLength(2);
  });

  it("are all refused, and none written, for one that is wrong", async () => {
    const { uid, aid } = await create();
    const good = { ...newRead(uid, aid), id: "g1" };
    const gone = 8_999_999_999_999_999;
    const cases = [
      { body: { ...good, uid: gone }, status: 422, field: "uid" },
      { body: [good, { ...good, id: "g2", aid: gone }], status: 422, field: "1.aid" },
      { body: [good, { ...good, id: "g2", readOrNot: 2 }], status: 400, field: "1.readOrNot" },
      { body: [good, good], status: 409, field: "0.id" },
      { body: { ...good, timestamp: "now" }, status: 400, field: "timestamp" },
      { body: [], status: 400, field: undefined },
      { body: Array.from({ length: 1_001 }, () => good), status: 400, field: undefined },
    ];
    for (const { body, status, field } of cases) {
      const answer = await send("POST", "/v1/reads", body);
      expect(answer.status).toBe(status);
      expect(answer.body["field"]).toBe(field);
    }
    expect(await readAll(`/v1/users/${uid}/reads?`, 10)).toEqual([]);
    expect((await send("POST", "/v1/reads", good)).status).toBe(201);
    const same = await send("POST", "/v1/reads", { ...good, readTimeLength: 11 });
    expect(same).toMatchObject({ status: 409, body: { field: "id" } });
  });

  it("go with their user, and with them what they count for their article", async () => {
    const { uid, aid } = await create();
    await send("POST", "/v1/reads", [newRead(uid, aid), newRead(uid, aid)]);
    const counts = async () =>
      ((await getKept(`/v1/articles/${aid}`)) as { beRead: unknown }).beRead;
    await untilEqual(counts, { readNum: 2, commentNum: 2, agreeNum: 2, shareNum: 0 });
    expect((await send("DELETE", `/v1/users/${uid}`)).status).toBe(204);
    expect(await homesOf("user_read", "uid", uid)).toEqual([]);
    await untilEqual(counts, { readNum: 0, commentNum: 0, agreeNum: 0, shareNum: 0 });
    expect((await send("POST", "/v1/reads", newRead(uid, aid))).status).toBe(422);
  });

  it("outlive their article", async () => {
    const { uid, aid } = await create();
    await send("POST", "/v1/reads", newRead(uid, aid));
    expect((await send("DELETE", `/v1/articles/${aid}`)).status).toBe(204);
    expect(await readAll(`/v1/users/${uid}/reads?`, 10)).toMatchObject([{ aid, title: null }]);
  });

  it("do not outlive a user who is deleted meanwhile", async () => {
    const { uid, aid } = await create();
    const [, removed] = await Promise.all([
      Promise.all(Array.from({ length: 8 }, () => send("POST", "/v1/reads", newRead(uid, aid)))),
      send("DELETE", `/v1/users/${uid}`),
    ]);
    expect(removed.status).toBe(204);
    expect(await homesOf("user_read", "uid", uid)).toEqual([]);
  });
});
