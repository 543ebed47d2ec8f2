import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { format } from "mysql2";
import { describe, expect, it } from "vitest";
import {
  beReadFields,
  chooseBeReads,
  readersSource,
} from "#functions/query-articles/articles-source.ts";
import { usersSource } from "#functions/query-users/users-source.ts";
import { FIRST_PLACEMENT, placement, rangeOf } from "#shared/placement.ts";
import { type Position, type Scope, toRangeScope } from "#shared/query-conditions.ts";
import { planList, type Source } from "#shared/query-plan.ts";
import { readsByUser } from "#shared/query-reads.ts";
import { parseListRequest } from "#shared/query-request.ts";
import { rowsPerStatement } from "#shared/query-rows.ts";
import type { SqlValues } from "#shared/sql.ts";
import { articles, reads, users } from "#shared/tables.ts";

const scope: Scope = { low: 64n, high: 127n };

interface Asked {
  readonly sql: string;
  readonly values: SqlValues;
}

const toRequest = (source: Source, text: string) =>
  parseListRequest(new URLSearchParams(text), source.fields);

const toPage = (
  source: Source,
  text: string,
  { within = scope, after }: { readonly within?: Scope; readonly after?: Position } = {},
): Asked => {
  const { sql, values } = planList(source, toRequest(source, text), {
    map: FIRST_PLACEMENT,
  }).toPage(within, after, 3);
  return { sql: sql.replace(/^.*? FROM /, ""), values };
};

describe("the statement of a page", () => {
  it("bounds home by BETWEEN alone, which is what leaves shards out", () => {
    expect(toPage(usersSource, "region=Beijing")).toEqual({
      sql: "user t WHERE t.home BETWEEN ? AND ? AND t.region = ? ORDER BY t.home, t.uid LIMIT ?",
      values: [64n, 127n, "Beijing", 3],
    });
  });

  it("names the homes where they are known", () => {
    const { sql, values } = toPage(usersSource, "uid=5", { within: { homes: [9n] } });
    expect(sql).toContain("WHERE t.home = ? AND t.uid = ?");
    expect(values).toEqual([9n, 5, 3]);
    const some = toPage(usersSource, "uid[in]=5,6", { within: { homes: [9n, 8n] } });
    expect(some.sql).toContain("WHERE t.home IN (?) AND t.uid IN (?)");
    expect(some.values).toEqual([[9n, 8n], [5, 6], 3]);
  });

  it("goes on after a position, and leaves out the homes before it", () => {
    expect(toPage(usersSource, "", { after: ["100", 5] })).toEqual({
      sql: "user t WHERE t.home BETWEEN ? AND ? AND (t.home > ? OR t.home = ? AND t.uid > ?) ORDER BY t.home, t.uid LIMIT ?",
      values: [100n, 127n, 100n, 100n, 5, 3],
    });
  });

  it("does not leave its bounds when the value has moved away from the position", () => {
    const { values } = toPage(usersSource, "", { after: ["3", 5] });
    expect(values.slice(0, 2)).toEqual([64n, 127n]);
  });

  it("is sorted as asked, then by what makes a row unique", () => {
    expect(toPage(usersSource, "sort=name,-timestamp", { after: ["Li", 7, "100", 5] })).toEqual({
      sql: "user t WHERE t.home BETWEEN ? AND ? AND (t.name > ? OR t.name = ? AND (t.timestamp < ? OR t.timestamp = ? AND (t.home < ? OR t.home = ? AND t.uid < ?))) ORDER BY t.name, t.timestamp DESC, t.home DESC, t.uid DESC LIMIT ?",
      values: [64n, 127n, "Li", "Li", 7, 7, 100n, 100n, 5, 3],
    });
  });

  it("selects what is shown, what the order needs, and what joins need", () => {
    const select = (text: string): string | undefined =>
      /^SELECT (.*?) FROM/.exec(
        planList(readsByUser, toRequest(readsByUser, text), { map: FIRST_PLACEMENT }).toPage(
          scope,
          undefined,
          3,
        ).sql,
      )?.[1];
    expect(select("fields=uid&sort=-timestamp")).toBe("t.timestamp, t.home, t.id, t.uid");
    expect(select("fields=title")).toBe("t.home, t.id, t.article_home, t.aid");
  });

  it("knows the category of a read by the home of its article", () => {
    const { sql, values } = toPage(readsByUser, "category[in]=science,technology");
    const [science, technology] = ["science", "technology"].map((value) =>
      rangeOf(FIRST_PLACEMENT, "articles", value),
    );
    expect(sql).toContain("(t.article_home BETWEEN ? AND ? OR t.article_home BETWEEN ? AND ?)");
    expect(values.slice(2, 6)).toEqual([
      science?.low,
      science?.high,
      technology?.low,
      technology?.high,
    ]);
    expect(toPage(readsByUser, "category[gt]=technology").sql).toContain(" AND FALSE ");
  });

  it("wants one read that fits all filters on reads", () => {
    const { sql } = toPage(usersSource, "read.category=science&gender=male&read.timestamp[lt]=9");
    expect(sql).toContain(
      "AND t.gender = ? AND EXISTS (SELECT 1 FROM user_read r WHERE r.home = t.home AND r.uid = t.uid AND r.article_home BETWEEN ? AND ? AND r.timestamp < ?) ORDER BY",
    );
  });

  it("groups the readers of an article, whose homes their users are found by", () => {
    const { sql } = toPage(readersSource, "read.aid=5&region=Beijing&gender=male");
    expect(sql).toContain(
      "t.reader_home BETWEEN ? AND ? GROUP BY t.uid ORDER BY t.home, t.uid LIMIT ?",
    );
    expect(sql).not.toContain("gender");
  });

  it("shows no be-read without any count", () => {
    for (const text of ["", "sort=timestamp"]) {
      const beReads = chooseBeReads(parseListRequest(new URLSearchParams(text), beReadFields));
      expect(toPage(beReads, text).sql).toContain("(t.read_num > 0 OR t.comment_num > 0");
    }
  });

  it("asks for no more rows than fit into one message of vtgate", () => {
    expect(rowsPerStatement(users.columns)).toBeGreaterThan(4_000);
    expect(rowsPerStatement(articles.columns)).toBeGreaterThan(400);
    for (const { columns } of [users, articles, reads]) {
      const longest = columns.reduce((sum, { max }) => sum + (max ? 4 * max : 20), 0);
      expect(rowsPerStatement(columns) * longest).toBeLessThan(16 * 2 ** 20);
    }
  });
});

describe("the bounds of a list", () => {
  const bound = (text: string): Scope | undefined =>
    toRangeScope(usersSource.fields, toRequest(usersSource, text).filters, FIRST_PLACEMENT);
  const beijing = rangeOf(FIRST_PLACEMENT, "users", "Beijing");
  const hongKong = rangeOf(FIRST_PLACEMENT, "users", "Hong Kong");

  it.each([
    { text: "", bounds: { low: 0n, high: 2n ** 64n - 1n } },
    { text: "region=Beijing", bounds: beijing },
    { text: "region=Hong Kong&gender=male", bounds: hongKong },
    { text: "region[in]=Hong Kong,Beijing", bounds: { low: beijing.low, high: hongKong.high } },
    { text: "region[gt]=Beijing", bounds: hongKong },
    { text: "region[gt]=Hong Kong", bounds: undefined },
    { text: "region[in]=Beijing&region=Hong Kong", bounds: undefined },
  ])("of '$text' are those of its regions", ({ text, bounds }) => {
    expect(bound(text)).toEqual(bounds);
  });

  it("are refused for a region that there is not, with those that there are", () => {
    for (const text of ["region=Paris", "region[in]=Beijing,Paris", "region=constructor"])
      expect(() => bound(text)).toThrow("known: Beijing, Hong Kong");
  });
});

/** SQLite runs the same text; its integers end at 2^63, so the homes here are small. */
const createUsers = (rows: readonly (readonly [number, number, string, number])[]) => {
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE user (home INTEGER, uid INTEGER, name TEXT, timestamp INTEGER)");
  const insert = database.prepare("INSERT INTO user VALUES (?, ?, ?, ?)");
  for (const row of rows) insert.run(...row);
  return ({ sql, values }: Asked) =>
    database.prepare(format(sql, values.flat(2))).all() as Record<string, number | string>[];
};

const names = ["", "a", "b", "ab"];
const sorts = ["", "uid", "-uid", "name", "-name", "timestamp,-name", "-name,-timestamp,uid"];

describe("pages", () => {
  it("hold every row once and in order, however the list is sorted", () => {
    const user = fc.tuple(
      fc.nat(20),
      fc.nat(1_000),
      fc.constantFrom(...names),
      fc.integer({ min: 0, max: 3 }),
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(user, { maxLength: 40, selector: ([, uid]) => uid }),
        fc.constantFrom(...sorts),
        fc.integer({ min: 1, max: 9 }),
        (rows, sort, size) => {
          const query = createUsers(rows);
          const text = `fields=uid,name,timestamp${sort === "" ? "" : `&sort=${sort}`}`;
          const { order, toPage: toStatement } = planList(
            usersSource,
            toRequest(usersSource, text),
            { map: FIRST_PLACEMENT },
          );
          const within = { low: 0n, high: 20n };
          const seen: unknown[] = [];
          let after: Position | undefined;
          for (let page = query(toStatement(within, after, size)); page.length > 0; ) {
            seen.push(...page.map(({ uid }) => uid));
            const last = page.at(-1);
            after = order.map(({ column }) => last?.[column] ?? 0);
            page = query(toStatement(within, after, size));
          }
          const all = query(toStatement(within, undefined, 1_000)).map(({ uid }) => uid);
          expect(seen).toEqual(all);
          expect(seen).toHaveLength(rows.length);
        },
      ),
    );
  });

  it("of one region hold all its users, by the place of each", () => {
    const { low, high } = rangeOf(FIRST_PLACEMENT, "users", "Beijing");
    for (let uid = 0; uid < 1_000; uid += 1) {
      const home = placement(FIRST_PLACEMENT, "users", "Beijing", uid);
      expect(home >= low && home <= high).toBe(true);
    }
  });
});
