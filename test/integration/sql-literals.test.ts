/** What a dump's literals mean is for MySQL to say: each is asked for, and read by us. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import type { Connection } from "mysql2/promise";
import { createConnection } from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { readSql } from "#functions/plan-load/read-sql.ts";

const cluster = inject("cluster");
let mysql: Connection;

beforeAll(async () => {
  const text = await readFile(join(cluster.home, "cluster.json"), "utf8");
  const { tablets } = JSON.parse(text) as { tablets: { mysqlSocket: string }[] };
  // Any will do: nothing is read but the statement itself. Not vtgate: it has a parser of its own.
  const socketPath = tablets[0]?.mysqlSocket ?? "";
  mysql = await createConnection({ socketPath, user: "vt_dba", charset: "utf8mb4" });
});

afterAll(() => mysql.end());

const readByUs = async (literals: readonly string[]): Promise<unknown[]> => {
  async function* dump(): AsyncIterable<Buffer> {
    const rows = literals.map((literal) => `(${literal})`).join(",");
    yield Buffer.from(`INSERT INTO user (a) VALUES ${rows};`);
  }
  const values: unknown[] = [];
  for await (const records of readSql(dump(), { table: "users", isWhole: false }))
    for (const { record, fault } of records)
      values.push(fault === undefined ? (record as { a: unknown }).a : fault);
  return values;
};

const readByMysql = async (literals: readonly string[]): Promise<unknown[]> => {
  // As a column of text would keep it.
  const values = literals.map((literal) => `row(convert((${literal}) using utf8mb4))`);
  const [rows] = await mysql.query<[]>(`values ${values.join(", ")}`);
  return (rows as Record<string, unknown>[]).map((row) => Object.values(row)[0]);
};

const string = fc.constantFrom("'", '"').chain((quote) => {
  const piece = fc.oneof(
    fc
      .string({ unit: "grapheme", maxLength: 4 })
      .map((text) => text.replaceAll(/[\\\0]/g, "").replaceAll(quote, quote + quote)),
    fc.constantFrom(quote + quote, quote === "'" ? '"' : "'", quote === "'" ? '""' : "''"),
    fc.constantFrom("\\'", '\\"', "\\\\", "\\n", "\\r", "\\t", "\\0", "\\Z", "\\b"),
    fc.constantFrom("\\%", "\\_", "\\q", "\\张", "\n", ";", ")", ",", "-- ", "#", "/*", "*/", " "),
  );
  return fc.array(piece, { maxLength: 8 }).map((pieces) => `${quote}${pieces.join("")}${quote}`);
});

const hex = fc
  .string({ unit: "grapheme", maxLength: 6 })
  .map((text) => Buffer.from(text).toString("hex"));

const literal = fc.oneof(
  { arbitrary: string, weight: 6 },
  hex.map((digits) => `x'${digits}'`),
  hex.filter((digits) => digits !== "").map((digits) => `0x${digits}`),
  string.map((text) => `_utf8mb4${text}`),
  // The national character set of MySQL has no more than the first plane.
  string
    .filter((text) => text.startsWith("'") && !/[\u{10000}-\u{10ffff}]/u.test(text))
    .map((text) => `N${text}`),
  fc.tuple(string, string).map(([one, other]) => `${one} ${other}`),
  string.map((text) => `/* a comment */ ${text} /*!40000 */`),
  fc.integer().map(String),
  fc.constantFrom(
    "NULL",
    "null",
    "true",
    "FALSE",
    "0.50",
    "-1.25",
    "12.",
    "007",
    "+5",
    "+.5",
    "00.10",
    "0",
  ),
);

describe("a literal", () => {
  it("is read as MySQL reads it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(literal, { minLength: 1, maxLength: 40 }), async (literals) => {
        expect(await readByUs(literals)).toEqual(await readByMysql(literals));
      }),
      { numRuns: 200 },
    );
  });
});
