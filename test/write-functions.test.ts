/** What the writing functions make of requests, before and after the database has its say. */
import { describe, expect, it } from "vitest";
import type { Change } from "#events/rows-changed.ts";
import { createInsertReads, type NewRead } from "#functions/write-reads/insert-reads.ts";
import { createWriteReads } from "#functions/write-reads/write-reads.ts";
import { createWriteUsers } from "#functions/write-users/write-users.ts";
import type { Changes } from "#shared/changes.ts";
import type { Route, RouteRequest } from "#shared/http-function.ts";
import type { RequestMove, WantedMove } from "#shared/moves.ts";
import type { Operation } from "#shared/operation-rows.ts";
import type { Owners } from "#shared/owners.ts";
import { FIRST_PLACEMENT } from "#shared/placement.ts";
import { Problem } from "#shared/problem.ts";
import type { Reply } from "#shared/respond.ts";
import type { RowFields } from "#shared/row-schema.ts";
import type { Sql, TransactionalSql } from "#shared/sql.ts";
import type { Once } from "#shared/write-once.ts";
import { newRead, newUser } from "./integration/write-rows.ts";

const toRequest = (body: unknown, more: Partial<RouteRequest> = {}): RouteRequest => ({
  params: { uid: "7" },
  query: new URLSearchParams(),
  headers: {},
  body,
  signal: new AbortController().signal,
  ...more,
});

const call = async (routes: readonly Route[], method: string, request: RouteRequest) => {
  const route = routes.find((candidate) => candidate.method === method);
  if (route === undefined) throw new Error(`there is no ${method}`);
  return route.handle(request);
};

const once: Once = async (_path, _request, work) => work(false);

/** Remembers what was told after the work that it is about. */
const listen = () => {
  const told: (readonly Change[])[] = [];
  const changes: Pick<Changes, "during"> = {
    during: async (about, work) => {
      try {
        return await work();
      } finally {
        told.push(about);
      }
    },
  };
  return { told, changes };
};

describe("write-users", () => {
  const createWorld = (more: Partial<Owners> = {}) => {
    const created: RowFields[] = [];
    const owners: Owners = {
      read: async () => undefined,
      create: async (fields) => void created.push(fields),
      change: async () => undefined,
      remove: async () => false,
      ...more,
    };
    const moved: WantedMove[] = [];
    const requestMove: RequestMove = async (wanted) => {
      moved.push(wanted);
      return { id: "op1", kind: "move", state: "planned" } as Operation;
    };
    const placement = async () => FIRST_PLACEMENT;
    const { told, changes } = listen();
    const routes = createWriteUsers({ owners, once, requestMove, changes, placement });
    return { created, moved, told, routes };
  };

  it("gives a user without an id the id that a load would", async () => {
    const { created, routes } = createWorld();
    const { id: _id, ...user } = newUser(7);
    const reply = await call(routes, "POST", toRequest(user));
    expect(reply).toMatchObject({ status: 201, headers: { location: "/v1/users/7" } });
    expect(created).toEqual([{ ...user, id: "u7" }]);
  });

  it("answers the fields in the order in which they are read, so that tags are equal", async () => {
    const { routes } = createWorld();
    const user = newUser(7);
    const shuffled = Object.fromEntries(Object.entries(user).reverse());
    const replies = await Promise.all(
      [user, shuffled].map((body) => call(routes, "POST", toRequest(body))),
    );
    const [first, second] = replies.map(({ headers }) => headers?.["etag"]);
    expect(first).toBe(second);
  });

  it("shows its owners the state that the caller has seen", async () => {
    const { home, ...row } = { home: "5", ...newUser(7), prefer_tags: "t", obtained_credits: 3 };
    const { routes } = createWorld({
      change: async (_key, _changes, { check, isGuarded }) => {
        expect(isGuarded).toBe(true);
        check({ home, ...row });
        return { home, ...row };
      },
    });
    const request = toRequest({ name: "Li" }, { headers: { "if-match": '"other"' } });
    await expect(call(routes, "PATCH", request)).rejects.toMatchObject({ status: 412 });
    const any = toRequest({ name: "Li" }, { headers: { "if-match": "*" } });
    const { headers } = await call(routes, "PATCH", any);
    const seen = { "if-match": String(headers?.["etag"]) };
    const again = await call(routes, "PATCH", toRequest({ name: "Li" }, { headers: seen }));
    expect(again.status).toBe(200);
  });

  it("tells of each write, also of one that failed and may have been done", async () => {
    const about = { table: "users", uids: [7] };
    const failing = createWorld({
      create: () => Promise.reject(new Problem("unavailable", "late")),
    });
    const post = call(failing.routes, "POST", toRequest(newUser(7)));
    await expect(post).rejects.toMatchObject({ status: 503 });
    expect(failing.told).toEqual([[about]]);
    const { told, routes } = createWorld({ remove: async () => true });
    await call(routes, "DELETE", toRequest(undefined));
    expect(told).toEqual([[about, { table: "reads" }]]);
  });

  it("asks for a move where a user gets another region", async () => {
    const { moved, routes } = createWorld({ read: async () => ({ home: "5", region: "Beijing" }) });
    const reply = await call(routes, "PATCH", toRequest({ region: "Hong Kong" }));
    expect(reply).toMatchObject({ status: 202, headers: { location: "/v1/operations/op1" } });
    expect(moved).toEqual([{ table: "users", key: 7, from: "5", to: "Hong Kong" }]);
    for (const body of [{ region: "Paris" }, { region: "Hong Kong", name: "Li" }])
      await expect(call(routes, "PATCH", toRequest(body))).rejects.toMatchObject({
        status: 422,
        field: "region",
      });
    const stale = toRequest({ region: "Hong Kong" }, { headers: { "if-match": '"x"' } });
    await expect(call(routes, "PATCH", stale)).rejects.toMatchObject({ status: 412 });
    expect(moved).toHaveLength(1);
  });

  it.each(["PATCH", "DELETE"])("answers 404 to %s of nobody", async (method) => {
    const { routes } = createWorld();
    await expect(call(routes, method, toRequest({ name: "Li" }))).rejects.toMatchObject({
      status: 404,
      field: "uid",
    });
  });

  it("lets nobody in without the token", () => {
    expect(createWorld().routes.every(({ auth }) => auth === "write")).toBe(true);
  });
});

describe("write-reads", () => {
  const createWorld = () => {
    const written: NewRead[][] = [];
    const { told, changes } = listen();
    const routes = createWriteReads({
      insertReads: async (wanted) => void written.push([...wanted]),
      once,
      changes,
    });
    const post = (body: unknown, headers = {}, more: Partial<RouteRequest> = {}): Promise<Reply> =>
      call(routes, "POST", toRequest(body, { headers, ...more }));
    return { written, told, post };
  };
  const idsOf = (reads: readonly NewRead[] | undefined) => reads?.map(({ fields }) => fields["id"]);

  it("gives reads ids of their own", async () => {
    const { written, post } = createWorld();
    await post([newRead(7, 3), newRead(7, 3), { ...newRead(7, 3), id: "mine" }]);
    const ids = idsOf(written[0]);
    expect(new Set(ids).size).toBe(3);
    expect(ids?.[2]).toBe("mine");
  });

  it("tells of all users and articles of a batch", async () => {
    const { told, post } = createWorld();
    await post([newRead(7, 3), newRead(8, 3)]);
    expect(told).toEqual([[{ table: "reads", uids: [7, 8], aids: [3] }]]);
  });

  it("gives the reads of one Idempotency-Key the same ids each time", async () => {
    const { written, post } = createWorld();
    const batch = [newRead(7, 3), newRead(7, 3)];
    for (const key of ["a", "a", "b"]) await post(batch, { "idempotency-key": key });
    const [first, second, other] = written.map(idsOf);
    expect(first).toEqual(second);
    expect(new Set([...(first ?? []), ...(other ?? [])]).size).toBe(4);
    for (const id of first ?? []) expect(String(id)).toMatch(/^k[0-9a-f]{39}$/);
  });

  it("writes a reader's own reads, and of a batch with another's nothing", async () => {
    const { written, told, post } = createWorld();
    const caller = { name: "user-7", scope: "reader", uid: 7 } as const;
    const refused = post([newRead(7, 3), newRead(8, 3)], {}, { caller });
    await expect(refused).rejects.toMatchObject({ status: 403, field: "1.uid" });
    const single = post(newRead(8, 3), {}, { caller });
    await expect(single).rejects.toMatchObject({ status: 403, field: "uid" });
    expect([written, told]).toEqual([[], []]);
    expect((await post(newRead(7, 3), {}, { caller })).status).toBe(201);
    expect(written).toHaveLength(1);
  });

  it("names what is wrong by its place in the batch", async () => {
    const { post } = createWorld();
    await expect(post([newRead(7, 3), { ...newRead(7, 3), aid: "3" }])).rejects.toMatchObject({
      status: 400,
      field: "1.aid",
    });
    await expect(post({ ...newRead(7, 3), aid: "3" })).rejects.toMatchObject({ field: "aid" });
  });
});

describe("inserting reads", () => {
  /** Users and articles 1 to 9 have homes; of the users 7 alone is still there. */
  const createDatabase = (affected: number, stored: readonly object[] = []) => {
    const asked: string[] = [];
    const answer = (sql: string, values: readonly unknown[]): object[] => {
      if (sql.includes("directory")) return [7, 8, 3].map((key) => ({ key, home: String(key) }));
      if (sql.includes("FOR SHARE")) return String(values).includes(",7") ? [{ uid: 7 }] : [];
      return [...stored];
    };
    const sql: Sql = {
      query: async <T extends object>(text: string, values: readonly unknown[] = []) => {
        asked.push(text);
        return answer(text, values) as T[];
      },
      write: async (text) => {
        asked.push(text);
        return { affected, insertId: 0 };
      },
    };
    const tagenal: TransactionalSql = { ...sql, transaction: (work) => work(sql) };
    return { asked, insert: createInsertReads(tagenal) };
  };
  const toNew = (uid: number, aid: number): NewRead => ({
    fields: { ...newRead(uid, aid), id: "r1" },
    path: (field) => field,
  });
  const stored = {
    ...{ home: "7", id: "r1", timestamp: 1_430_000_000_000, uid: 7, aid: 3, article_home: "3" },
    ...{ read_time_length: 10, read_sequence: 1, read_or_not: 1, agree_or_not: 1 },
    ...{ comment_or_not: 1, comment_detail: newRead(7, 3).commentDetail, share_or_not: 0 },
  };

  it("costs four statements, however many there are", async () => {
    const { asked, insert } = createDatabase(50);
    await insert(
      Array.from({ length: 50 }, () => toNew(7, 3)),
      false,
    );
    expect(asked).toHaveLength(4);
  });

  it.each([
    { name: "a user who has no home", uid: 5, aid: 3, field: "uid" },
    { name: "an article that has no home", uid: 7, aid: 5, field: "aid" },
    { name: "a user who has a home and is not there", uid: 8, aid: 3, field: "uid" },
  ])("is refused for $name", async ({ uid, aid, field }) => {
    await expect(createDatabase(1).insert([toNew(uid, aid)], false)).rejects.toMatchObject({
      status: 422,
      field,
    });
  });

  it("takes what is there for its own if it may be, and if it is the same", async () => {
    await expect(createDatabase(0, [stored]).insert([toNew(7, 3)], true)).resolves.toBe(undefined);
    for (const [row, isRepeat] of [
      [stored, false],
      [{ ...stored, read_time_length: 11 }, true],
    ] as const)
      await expect(createDatabase(0, [row]).insert([toNew(7, 3)], isRepeat)).rejects.toMatchObject({
        status: 409,
        field: "id",
      });
  });

  it("tries again where its commit failed, and then finds its own", async () => {
    let commits = 0;
    const failing: TransactionalSql = {
      query: async <T extends object>() =>
        [7, 3].map((key) => ({ key, home: String(key) })) as unknown as T[],
      write: async () => ({ affected: 0, insertId: 0 }),
      transaction: async (work) => {
        commits += 1;
        const sql: Sql = {
          query: async <T extends object>(text: string) =>
            (text.includes("FOR SHARE") ? [{ uid: 7 }] : [stored]) as unknown as T[],
          write: async () => ({ affected: commits === 1 ? 1 : 0, insertId: 0 }),
        };
        const result = await work(sql);
        if (commits === 1) throw new Problem("unavailable", "the commit failed");
        return result;
      },
    };
    await createInsertReads(failing)([toNew(7, 3)], false);
    expect(commits).toBe(2);
  });
});
