/** What the query functions ask the database, and how often: a fake of it remembers. */
import { describe, expect, it } from "vitest";
import { articlesSource } from "#functions/query-articles/articles-source.ts";
import { createQueryArticles } from "#functions/query-articles/query-articles.ts";
import { createQueryReads } from "#functions/query-reads/query-reads.ts";
import { createQueryUsers, USER_EXISTS_SQL, USER_SQL } from "#functions/query-users/query-users.ts";
import { noCache } from "#shared/cache.ts";
import { directories } from "#shared/directory.ts";
import type { Route, RouteRequest } from "#shared/http-function.ts";
import { FIRST_PLACEMENT } from "#shared/placement.ts";
import { ARTICLE_SQL } from "#shared/query-article.ts";
import { createHomes, toLookUpSql } from "#shared/query-home.ts";
import { rowsPerStatement } from "#shared/query-rows.ts";
import type { Reply } from "#shared/respond.ts";
import type { Sql, SqlValues } from "#shared/sql.ts";

const READS = "FROM user_read t";
const ARTICLES = "FROM article a";

type Answer = (values: SqlValues) => readonly object[];

/** Answers by statement, or by a part of it; the others are answered by `rest`. */
const createDatabase = (answers: Readonly<Record<string, Answer>>, rest: Answer = () => []) => {
  const asked: string[] = [];
  const sql: Pick<Sql, "query"> = {
    query: async <T extends object>(text: string, values: SqlValues = []) => {
      asked.push(text);
      const part = Object.keys(answers).find((known) => text.includes(known)) ?? "";
      return (answers[part] ?? rest)(values) as T[];
    },
  };
  return { asked, sql };
};

const ask = async (routes: readonly Route[], path: string, text = ""): Promise<Reply> => {
  const route = routes.find((candidate) => candidate.path === path);
  const request: RouteRequest = {
    params: { uid: "7", aid: "7" },
    query: new URLSearchParams(text),
    headers: {},
    body: undefined,
    signal: new AbortController().signal,
  };
  if (route === undefined) throw new Error(`there is no ${path}`);
  return route.handle(request);
};

const toJson = ({ body }: Reply): unknown => JSON.parse(String(body));

const byUid = directories.users;
const byAid = directories.articles;
const placement = async () => FIRST_PLACEMENT;

const createUsers = (sql: Pick<Sql, "query">) =>
  createQueryUsers({ tagenal: sql, homes: createHomes(sql, byUid), placement, cache: noCache });

const createArticles = (sql: Pick<Sql, "query">) =>
  createQueryArticles({
    ...{ tagenal: sql, homes: createHomes(sql, byAid), placement, cache: noCache },
    nearby: { read: async (_reader, _bounds, read) => ({ found: await read(sql), by: "primary" }) },
    dataCenter: "beijing",
  });

describe("query-users", () => {
  const found: Answer = () => [{ home: "70" }];

  it("asks once for a user whose home it knows", async () => {
    const user: Answer = ([home]) => (home === 70n ? [{ home: "70", uid: 7, name: "Li" }] : []);
    const { asked, sql } = createDatabase({ [toLookUpSql(byUid)]: found, [USER_SQL]: user });
    const routes = createUsers(sql);
    for (let turn = 0; turn < 2; turn += 1)
      expect(toJson(await ask(routes, "/v1/users/:uid"))).toEqual({ uid: 7, name: "Li" });
    expect(asked).toEqual([toLookUpSql(byUid), USER_SQL, USER_SQL]);
  });

  it("asks for the articles of a page of reads once", async () => {
    const read = { home: "70", timestamp: 1, uid: 7, aid: 3, article_home: "5" };
    const { asked, sql } = createDatabase({
      [toLookUpSql(byUid)]: found,
      [USER_EXISTS_SQL]: () => [{ uid: 7 }],
      [READS]: () => ["r3", "r2", "r1"].map((id) => ({ ...read, id })),
      [ARTICLES]: (values) => {
        expect(values).toEqual([[[5n, 3]]]);
        return [{ home: "5", aid: 3, title: "T", category: "science" }];
      },
    });
    const page = toJson(await ask(createUsers(sql), "/v1/users/:uid/reads", "limit=2"));
    expect(page).toMatchObject({
      items: [
        { id: "r3", title: "T" },
        { id: "r2", category: "science" },
      ],
      next: expect.any(String),
    });
    expect(asked.filter((text) => text.includes(ARTICLES))).toHaveLength(1);
  });

  it("asks for no articles where there are no reads", async () => {
    const { asked, sql } = createDatabase({
      [toLookUpSql(byUid)]: found,
      [USER_EXISTS_SQL]: () => [{ uid: 7 }],
    });
    const page = toJson(await ask(createUsers(sql), "/v1/users/:uid/reads"));
    expect(page).toEqual({ items: [], next: null });
    expect(asked.join()).not.toContain(ARTICLES);
  });

  it("asks for no articles where none of their fields is shown", async () => {
    const { asked, sql } = createDatabase({
      [toLookUpSql(byUid)]: found,
      [USER_EXISTS_SQL]: () => [{ uid: 7 }],
      [READS]: () => [{ id: "r1", timestamp: 1 }],
    });
    const page = toJson(await ask(createUsers(sql), "/v1/users/:uid/reads", "fields=id"));
    expect(page).toEqual({ items: [{ id: "r1" }], next: null });
    expect(asked.join()).not.toContain(ARTICLES);
  });

  it("asks for nothing when the request is wrong", async () => {
    const { asked, sql } = createDatabase({});
    const wrong = ["cursor=x", "limit=0", "page=2", "aid=x", "sort=title", "fields=name"];
    for (const text of wrong)
      await expect(ask(createUsers(sql), "/v1/users/:uid/reads", text)).rejects.toMatchObject({
        status: 400,
      });
    expect(asked).toEqual([]);
  });
});

describe("query-reads", () => {
  const read = { timestamp: 1, uid: 7, aid: 3 };
  const createReads = (sql: Pick<Sql, "query">) =>
    createQueryReads({ tagenal: sql, placement, cache: noCache });

  it("finds the reads of an article at its home, and reads each page of them at once", async () => {
    const { asked, sql } = createDatabase({
      "from article_directory": () => [{ key: 3, home: "5" }],
      "FROM article_read t": () =>
        ["q1", "q2"].map((id) => ({ ...read, id, home: "5", reader_home: "70" })),
      "FROM user_read u": () => [{ home: "70", id: "q2", read_sequence: 2 }],
      [ARTICLES]: () => [{ home: "5", aid: 3, title: "T", category: "science" }],
    });
    const reply = await ask(createReads(sql), "/v1/reads", "aid=3&fields=id,readSequence,title");
    // The first is gone from its reader, and not yet from the article.
    expect(toJson(reply)).toEqual({
      items: [{ id: "q2", readSequence: 2, title: "T" }],
      next: null,
    });
    expect(asked).toHaveLength(4);
  });

  it("asks no shard for the reads of an article that is not there", async () => {
    const { asked, sql } = createDatabase({});
    const reply = await ask(createReads(sql), "/v1/reads", "aid=3");
    expect(toJson(reply)).toEqual({ items: [], next: null });
    expect(asked).toHaveLength(1);
  });

  it.each([
    { text: "uid=7", first: "user_read t" },
    { text: "uid=7&aid=3", first: "user_read t" },
    { text: "aid=3", first: "article_read t" },
    { text: "aid[in]=3,4&sort=-timestamp", first: "article_read t" },
    { text: "aid=3&sort=readTimeLength", first: "user_read t" },
    { text: "aid[gte]=3", first: "user_read t" },
    { text: "category=science", first: "user_read t" },
  ])("begins $text with $first", async ({ text, first }) => {
    const { asked, sql } = createDatabase({
      "from article_directory": () => [{ key: 3, home: "5" }],
      "from user_directory": () => [{ key: 7, home: "70" }],
    });
    await ask(createReads(sql), "/v1/reads", text);
    expect(asked.at(-1)).toContain(`FROM ${first} WHERE`);
  });
});

describe("query-articles", () => {
  it("shows counts as 0 where there are none", async () => {
    const { sql } = createDatabase({
      [toLookUpSql(byAid)]: () => [{ home: "5" }],
      [ARTICLE_SQL]: () => [{ home: "5", aid: 7, read_num: null }],
    });
    expect(toJson(await ask(createArticles(sql), "/v1/articles/:aid"))).toMatchObject({
      aid: 7,
      beRead: { readNum: 0, commentNum: 0, agreeNum: 0, shareNum: 0 },
    });
  });

  it("begins a large page with a statement that surely fits into a message", async () => {
    const most = rowsPerStatement(articlesSource.fields);
    const limits: number[] = [];
    const { sql } = createDatabase({}, (values) => {
      const limit = Number(values.at(-1));
      limits.push(limit);
      return Array.from({ length: limit }, (_, index) => ({ home: "5", aid: index }));
    });
    const reply = await ask(createArticles(sql), "/v1/articles", `limit=${2 * most + 10}`);
    expect((toJson(reply) as { items: unknown[] }).items).toHaveLength(2 * most + 10);
    expect(limits).toEqual([most + 1, most + 11]);
  });
});
