import { describe, expect, it } from "vitest";
import { type ChunkRows, insertChunk } from "#functions/load-chunk/insert-chunk.ts";
import { insertDirectory } from "#functions/load-chunk/insert-directory.ts";
import {
  insertRows,
  insertRowsJson,
  replaceRows,
  type toEntries,
} from "#functions/load-chunk/insert-sql.ts";
import { type Cell, rowChecksum, toHex } from "#shared/checksum.ts";
import type { Sql } from "#shared/sql.ts";

const article = (aid: number, title = "it's \\ new"): Cell[] => [
  String(7n * 10n ** 18n + BigInt(aid)),
  aid,
  `a${aid}`,
  1_415_120_000_000,
  title,
  "technology",
  "an abstract",
  "tags1",
  "author1",
  "en",
  "text.txt",
  "",
  "",
];

const toChunk = (rows: Cell[][]): ChunkRows => ({
  table: "articles",
  serial: 7,
  count: rows.length,
  json: JSON.stringify(rows),
  rows: () => rows,
});

/** A database that says how many rows a statement changed, and what is stored. */
const createFakeSql = (affected: number, stored: readonly object[] = []) => {
  const statements: string[] = [];
  const sql: Sql = {
    query: async <T extends object>(text: string) => {
      statements.push(text);
      return stored as T[];
    },
    write: async (text) => {
      statements.push(text);
      return { affected, insertId: 0 };
    },
  };
  return { sql, statements };
};

const toStored = (row: Cell[], loadId: number) => ({
  home: row[0],
  key: row[1],
  loadId,
  sum: toHex(rowChecksum(row)),
});

describe("insert-sql", () => {
  it("writes rows as literals for vtgate, which may distribute them", () => {
    const statement = insertRows("articles", [article(1)], 7);
    expect(statement).toMatch(
      /^insert into `article` \(`home`, `aid`, .*, load_id\) values \(7000/,
    );
    expect(statement).toContain("'it\\'s \\\\ new'");
    expect(statement).toMatch(/,7\) on duplicate key update aid = aid$/);
  });

  it("writes rows as one JSON text for a shard, and no quote of theirs ends it", () => {
    const json = JSON.stringify([article(1)]);
    const statement = insertRowsJson("articles", json, 7);
    const literal = /json_table\('((?:[^'\\]|\\.)*)', '\$\[\*\]'/s.exec(statement)?.[1] ?? "";
    expect(literal.replace(/\\(.)/gs, "$1")).toBe(json);
    expect(statement).toContain("`home` bigint unsigned path '$[0]' error on error");
    expect(statement).toContain("`title` varchar(255) path '$[4]' error on error");
    expect(statement).toMatch(/on duplicate key update aid = `article`.aid$/);
  });

  it("replaces every column of a row but its key, and makes it the load's", () => {
    const statement = replaceRows("articles", [article(1)], 7);
    const [, set = ""] = statement.split(" on duplicate key update ");
    expect(set).toContain("`title` = values(`title`)");
    expect(set).toMatch(/`load_id` = values\(`load_id`\)$/);
    expect(set).not.toMatch(/`(home|aid)` =/);
  });

  it("lets nothing but digits stand unquoted", () => {
    const row = article(1);
    row[0] = "1); drop table user; --";
    expect(() => insertRows("articles", [row], 7)).toThrow(/not a number/);
  });
});

describe("insert-chunk", () => {
  const rows = [article(1), article(2), article(3)];

  it("is content when every row is new", async () => {
    const { sql, statements } = createFakeSql(3);
    const { known, conflicts } = await insertChunk({ sql, isShard: true }, toChunk(rows));
    expect({ known: known.rows, conflicts }).toEqual({ known: 0, conflicts: [] });
    expect(statements).toHaveLength(1);
    expect(statements[0]).toContain("json_table");
  });

  it("lets vtgate distribute the rows of a shard that is no more", async () => {
    const { sql, statements } = createFakeSql(3);
    await insertChunk({ sql, isShard: false }, toChunk(rows));
    expect(statements[0]).toContain(" values (");
  });

  it("tells rows of its own from known ones and from conflicts", async () => {
    const { sql } = createFakeSql(0, [
      toStored(article(1), 7),
      toStored(article(2), 3),
      toStored(article(3, "another title"), 3),
    ]);
    const { known, conflicts } = await insertChunk({ sql, isShard: true }, toChunk(rows));
    expect(known).toEqual({ rows: 1, sum: rowChecksum(article(2)) });
    expect(conflicts).toEqual([article(3)]);
  });

  it("changes nothing when it comes a second time", async () => {
    const { sql } = createFakeSql(
      0,
      rows.map((row) => toStored(row, 7)),
    );
    const { known, conflicts } = await insertChunk({ sql, isShard: true }, toChunk(rows));
    expect({ known: known.rows, conflicts }).toEqual({ known: 0, conflicts: [] });
  });

  it("asks for another try when a row is gone again", async () => {
    const { sql } = createFakeSql(0, [toStored(article(1), 7)]);
    await expect(insertChunk({ sql, isShard: true }, toChunk(rows))).rejects.toMatchObject({
      code: "unavailable",
    });
  });
});

describe("insert-directory", () => {
  const rows = [article(1), article(2)];

  const sessions = (sql: Sql, anywhere: Sql) => ({
    anywhere,
    group: async (entries: ReturnType<typeof toEntries>) => new Map([[sql, [...entries]]]),
  });

  it("takes a key that points to another row for taken", async () => {
    const { sql, statements } = createFakeSql(1, [
      { key: 1, home: rows[0]?.[0] },
      { key: 2, home: "5" },
    ]);
    const { sql: anywhere } = createFakeSql(0, [{ key: 2 }]);
    expect(await insertDirectory(sessions(sql, anywhere), "articles", rows)).toEqual(new Set([2]));
    expect(statements).toHaveLength(2);
  });

  it("corrects an entry that points to no row", async () => {
    const { sql, statements } = createFakeSql(1, [{ key: 2, home: "5" }]);
    const { sql: anywhere } = createFakeSql(0);
    expect(await insertDirectory(sessions(sql, anywhere), "articles", rows)).toEqual(new Set());
    expect(statements.at(-1)).toMatch(/^update article_directory set home = \?/);
  });
});
