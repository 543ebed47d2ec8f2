/** Users who get another region and articles that get another category. */
import { afterAll, describe, expect, inject, it } from "vitest";
import { createMoveOwner } from "#functions/move-rows/move-owner.ts";
import { FIRST_PLACEMENT, placement, slot } from "#shared/placement.ts";
import { reads, users } from "#shared/tables.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { died, dyingAfter } from "./dying-sql.ts";
import { get, readAll } from "./query-client.ts";
import { send, untilEnded, untilEqual } from "./write-client.ts";
import { newArticle, newRead, newUser } from "./write-rows.ts";

const { vtgateUrl } = inject("cluster");
const vtgate = createVtgate(vtgateUrl, { connections: 4 });
const FIRST_KEY = 6_500_001;

afterAll(async () => {
  for (const [tables, key] of [
    [["user_read", "user", "user_directory"], "uid"],
    [["article", "article_directory"], "aid"],
  ] as const)
    for (const table of tables)
      await vtgate.tagenal.write(`DELETE FROM ${table} WHERE ${key} BETWEEN ? AND ?`, [
        FIRST_KEY,
        FIRST_KEY + 10_000,
      ]);
  await vtgate.close();
});

let lastKey = FIRST_KEY;
const nextKey = (): number => {
  lastKey += 1;
  return lastKey;
};

const homeOf = (name: "users" | "articles", value: string, key: number): bigint =>
  placement(FIRST_PLACEMENT, name, value, key);

const countAt = async (table: string, key: string, id: number): Promise<Record<string, number>> => {
  const rows = await vtgate.tagenal.query<{ home: string }>(
    `SELECT home FROM ${table} WHERE ${key} = ?`,
    [id],
  );
  const counts: Record<string, number> = {};
  for (const { home } of rows) counts[home] = (counts[home] ?? 0) + 1;
  return counts;
};

const countsOf = async (aid: number): Promise<unknown> =>
  ((await get(`/v1/articles/${aid}`)) as { beRead: unknown }).beRead;

const createRead = async (region: string, category: string, count: number) => {
  const [uid, aid] = [nextKey(), nextKey()];
  await send("POST", "/v1/users", newUser(uid, region));
  await send("POST", "/v1/articles", newArticle(aid, category));
  const batch = Array.from({ length: count }, (_, index) => ({
    ...newRead(uid, aid),
    id: `m${index}`,
  }));
  expect((await send("POST", "/v1/reads", batch)).status).toBe(201);
  return { uid, aid };
};

describe("a user with another region", () => {
  it("moves with all her reads, and is found all the while", async () => {
    const { uid, aid } = await createRead("Beijing", "science", 300);
    const counts = { readNum: 300, commentNum: 300, agreeNum: 300, shareNum: 0 };
    await untilEqual(() => countsOf(aid), counts);
    const answer = await send("PATCH", `/v1/users/${uid}`, { region: "Hong Kong" });
    expect(answer.status).toBe(202);
    const statuses: number[] = [];
    let isMoving = true;
    const watching = (async () => {
      while (isMoving) {
        statuses.push((await send("GET", `/v1/users/${uid}`)).status);
        statuses.push((await send("POST", "/v1/reads", newRead(uid, aid))).status);
      }
    })();
    const ended = await untilEnded(answer.headers.get("location") ?? "");
    isMoving = false;
    await watching;
    expect(ended).toMatchObject({ kind: "move", state: "succeeded" });
    const written = statuses.filter((status) => status === 201).length;
    expect(statuses.filter((status) => status !== 201 && status !== 200)).toEqual([]);
    const home = String(homeOf("users", "Hong Kong", uid));
    expect(await countAt("user", "uid", uid)).toEqual({ [home]: 1 });
    expect(await countAt("user_read", "uid", uid)).toEqual({ [home]: 300 + written });
    expect(await get(`/v1/users/${uid}`)).toEqual({ ...newUser(uid), region: "Hong Kong" });
    expect(await readAll(`/v1/users/${uid}/reads?fields=id&`, 100)).toHaveLength(300 + written);
    const after = 300 + written;
    await untilEqual(() => countsOf(aid), {
      ...{ readNum: after, commentNum: after, agreeNum: after, shareNum: 0 },
    });
    expect(await get(`/v1/articles/${aid}/be-read?list=read`)).toEqual({
      items: [uid],
      next: null,
    });
  });

  it("moves to one place at a time", async () => {
    const uid = nextKey();
    await send("POST", "/v1/users", newUser(uid));
    const answers = await Promise.all(
      [1, 2, 3].map(() => send("PATCH", `/v1/users/${uid}`, { region: "Hong Kong" })),
    );
    for (const { headers } of answers.filter(({ status }) => status === 202))
      expect(await untilEnded(headers.get("location") ?? "")).toMatchObject({ state: "succeeded" });
    expect(await countAt("user", "uid", uid)).toEqual({
      [String(homeOf("users", "Hong Kong", uid))]: 1,
    });
    const same = await send("PATCH", `/v1/users/${uid}`, { region: "Hong Kong", name: "Li" });
    expect(same).toMatchObject({ status: 200, body: { name: "Li" } });
  });
});

describe("an article with another category", () => {
  it("moves, and its reads and counts follow", async () => {
    const { uid, aid } = await createRead("Beijing", "science", 250);
    const counts = { readNum: 250, commentNum: 250, agreeNum: 250, shareNum: 0 };
    await untilEqual(() => countsOf(aid), counts);
    const answer = await send("PATCH", `/v1/articles/${aid}`, { category: "technology" });
    expect(answer.status).toBe(202);
    expect(await untilEnded(answer.headers.get("location") ?? "")).toMatchObject({
      state: "succeeded",
    });
    await untilEqual(() => countsOf(aid), counts);
    const home = String(homeOf("articles", "technology", aid));
    expect(await countAt("article", "aid", aid)).toEqual({ [home]: 1 });
    await untilEqual(() => countAt("article_read", "aid", aid), { [home]: 250 });
    expect(
      await readAll(`/v1/users/${uid}/reads?category=technology&fields=id&`, 100),
    ).toHaveLength(250);
    expect(await readAll(`/v1/be-reads?aid=${aid}&`, 10)).toMatchObject([
      { aid, category: "technology", readNum: 250 },
    ]);
  });
});

const placementNow = async () => FIRST_PLACEMENT;

describe("a mover who dies", () => {
  const create = async () => {
    const uid = nextKey();
    await send("POST", "/v1/users", newUser(uid));
    const aid = nextKey();
    await send("POST", "/v1/articles", newArticle(aid));
    await send("POST", "/v1/reads", [newRead(uid, aid), newRead(uid, aid)]);
    const [old, home] = ["Beijing", "Hong Kong"].map((region) => homeOf("users", region, uid));
    if (old === undefined || home === undefined) throw new Error("there is no home");
    return { uid, old, home, wanted: { key: uid, from: String(old), to: "Hong Kong" } };
  };
  const moveOn = createMoveOwner({ tagenal: vtgate.tagenal, placement: placementNow });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])(
    "after %i statements leaves the user in one place, and the next moves her",
    async (statements) => {
      const { uid, home, wanted } = await create();
      const tagenal = dyingAfter(statements, vtgate.tagenal);
      await createMoveOwner({ tagenal, placement: placementNow })({
        ...wanted,
        table: "users",
      }).catch((error: unknown) => expect(error).toBe(died));
      expect(Object.values(await countAt("user", "uid", uid))).toEqual([1]);
      expect(Object.values(await countAt("user_read", "uid", uid))).toEqual([2]);
      expect(await get(`/v1/users/${uid}`)).toMatchObject({ uid });
      expect(await moveOn({ ...wanted, table: "users" })).toBe(home);
      expect(await countAt("user", "uid", uid)).toEqual({ [String(home)]: 1 });
      expect(await countAt("user_read", "uid", uid)).toEqual({ [String(home)]: 2 });
    },
  );

  const copyTo = async (uid: number, old: bigint, home: bigint): Promise<void> => {
    for (const { table, columns } of [users, reads]) {
      const rest = columns
        .map(({ column }) => column)
        .filter((column) => column !== "home")
        .join(", ");
      await vtgate.tagenal.write(
        `INSERT INTO ${table} (home, ${rest}) SELECT ?, ${rest} FROM ${table} WHERE home = ? AND uid = ?`,
        [home, old, uid],
      );
    }
  };

  it.each([
    { name: "the copies alone", isFlipped: false },
    { name: "the copies and the directory", isFlipped: true },
  ])("with $name committed leaves nothing twice after the next", async ({ isFlipped }) => {
    const { uid, old, home, wanted } = await create();
    await copyTo(uid, old, home);
    if (isFlipped) {
      await vtgate.tagenal.write("UPDATE user SET region = ? WHERE home = ? AND uid = ?", [
        ...["Hong Kong", home, uid],
      ]);
      await vtgate.tagenal.write("UPDATE user_directory SET home = ? WHERE slot = ? AND uid = ?", [
        ...[home, slot(uid), uid],
      ]);
    } else {
      await send("PATCH", `/v1/users/${uid}`, { name: "changed since" });
    }
    await moveOn({ ...wanted, table: "users" });
    expect(await countAt("user", "uid", uid)).toEqual({ [String(home)]: 1 });
    expect(await countAt("user_read", "uid", uid)).toEqual({ [String(home)]: 2 });
    expect(await get(`/v1/users/${uid}`)).toMatchObject({
      region: "Hong Kong",
      ...(isFlipped ? {} : { name: "changed since" }),
    });
  });
});
