import { describe, expect, it } from "vitest";
import { createQuerySql, limitRows } from "#functions/query-sql/query-sql.ts";
import type { Session, SessionSettings } from "#functions/query-sql/read-only-session.ts";
import type { RouteRequest } from "#shared/http-function.ts";

const empty = { columns: [], rows: [] };

/** A session that answers by the beginning of what it is asked. */
const createWorld = (answers: Readonly<Record<string, Awaited<ReturnType<Session["run"]>>>>) => {
  const asked: string[] = [];
  const opened: SessionSettings[] = [];
  const [route] = createQuerySql({
    inSession: async (settings, work) => {
      opened.push(settings);
      return work({
        run: async (sql) => {
          asked.push(sql);
          const key = Object.keys(answers).find((beginning) => sql.startsWith(beginning));
          return answers[key ?? ""] ?? empty;
        },
      });
    },
    now: () => 0,
  });
  const ask = (body: unknown) => route?.handle({ body } as RouteRequest);
  return { asked, opened, ask, route };
};

const found = { columns: [{ name: "uid", type: "LONGLONG" }], rows: [[1], [2]] };
const answers = {
  select: found,
  "vexplain plan": { columns: [], rows: [['{"OperatorType":"Route"}']] },
  "vexplain queries": {
    columns: [],
    rows: [
      [0, "tagenal", "80-", "select uid from user"],
      [0, "tagenal", "-80", "select uid from user"],
      [1, "tagenal", "-80", "select 1"],
    ],
  },
};

describe("query-sql", () => {
  it("answers rows, plan, and the shards that were asked", async () => {
    const { ask, asked, opened, route } = createWorld(answers);
    const reply = await ask({ sql: "select uid from user;", maxRows: 5 });
    expect(reply?.body).toMatchObject({
      ...found,
      ...{ isCut: false, milliseconds: 0, plan: { OperatorType: "Route" } },
      shards: ["tagenal/-80", "tagenal/80-"],
    });
    expect(opened).toEqual([{ keyspace: "tagenal", timeoutMs: 10_000 }]);
    expect(asked).toEqual([
      "vexplain plan select uid from user",
      "set sql_select_limit = 6",
      "select uid from user",
      "vexplain queries select uid from user",
    ]);
    expect(route?.auth).toBe("operate");
  });

  it("does not explain what vtgate does not plan", async () => {
    const { ask, asked } = createWorld({ show: found });
    const reply = await ask({ sql: "show tables", keyspace: "global" });
    expect(asked).toEqual(["set sql_select_limit = 201", "show tables"]);
    expect(reply?.body).toMatchObject({ plan: null, queries: [], shards: [] });
  });

  it.each([
    [{ sql: "delete from user" }, "sql"],
    [{ sql: "select 1", keyspace: "mysql" }, "keyspace"],
    [{ sql: "select 1", maxRows: 100_000 }, "maxRows"],
    [{ sql: "select 1", timeout: 5 }, "timeout"],
    [{}, "sql"],
  ])("refuses %j before it asks anybody, and names the field", async (body, field) => {
    const { ask, opened } = createWorld({});
    await expect(ask(body)).rejects.toMatchObject({ status: 400, field });
    expect(opened).toEqual([]);
  });
});

describe("the rows of an answer", () => {
  it("are cut where there are too many, or too long ones", () => {
    expect(limitRows([[1], [2], [3]], { mostRows: 2 })).toEqual({ rows: [[1], [2]], isCut: true });
    expect(limitRows([[1], [2]], { mostRows: 2 })).toEqual({ rows: [[1], [2]], isCut: false });
    const long = [["a".repeat(60)], ["b".repeat(60)]];
    expect(limitRows(long, { mostRows: 9, mostBytes: 100 }).rows).toHaveLength(1);
  });
});
