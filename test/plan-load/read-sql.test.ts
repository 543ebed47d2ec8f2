import fc from "fast-check";
import { escape as escapeByDriver } from "mysql2";
import { describe, expect, it } from "vitest";
import type { FileRecord } from "#functions/plan-load/file-record.ts";
import { readSql } from "#functions/plan-load/read-sql.ts";
import type { LoadableName } from "#shared/tables.ts";

const readAll = async (
  content: string | Buffer,
  { piece = 1_000, table = "users" as LoadableName, isWhole = false } = {},
): Promise<FileRecord[]> => {
  const bytes = Buffer.from(content);
  async function* pieces(): AsyncIterable<Buffer> {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
  }
  const found: FileRecord[] = [];
  for await (const batch of readSql(pieces(), { table, isWhole })) found.push(...batch);
  return found;
};

const records = async (...args: Parameters<typeof readAll>): Promise<unknown[]> =>
  (await readAll(...args)).map(({ record, fault }) => record ?? fault);

/** The value of the column a, for a literal as it stands in a dump. */
const literalValue = async (literal: string | Buffer, piece?: number): Promise<unknown> => {
  const content = Buffer.concat([
    Buffer.from("INSERT INTO user (a) VALUES ("),
    Buffer.from(literal),
    Buffer.from(");"),
  ]);
  const [found, ...more] = await readAll(content, piece === undefined ? {} : { piece });
  expect(more).toEqual([]);
  const record = found?.record as { a: unknown } | undefined;
  return found?.fault ?? record?.a;
};

const mysqldump = `-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)
--
-- Host: localhost    Database: shop's
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!50503 SET NAMES utf8mb4 */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;

DROP TABLE IF EXISTS \`user\`;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE \`user\` (
  \`uid\` bigint unsigned NOT NULL COMMENT 'a, b); (c',
  \`name\` varchar(100) DEFAULT 'x',
  \`grade\` enum('a','b') /*!50606 STORAGE DISK */,
  PRIMARY KEY (\`uid\`),
  UNIQUE KEY \`by_name\` (\`name\`),
  CONSTRAINT \`c\` CHECK ((\`uid\` > 0))
) ENGINE=InnoDB AUTO_INCREMENT=3 /*!50100 PARTITION BY KEY (uid) */;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES \`user\` WRITE;
/*!40000 ALTER TABLE \`user\` DISABLE KEYS */;
INSERT INTO \`user\` VALUES (1,'it\\'s',NULL),(2,'a''b','b'),
(3,_binary 'c','a');
/*!40000 ALTER TABLE \`user\` ENABLE KEYS */;
UNLOCK TABLES;
/*!50003 SET sql_mode = '' */ ;
DELIMITER ;;
/*!50003 CREATE TRIGGER t AFTER INSERT ON user FOR EACH ROW BEGIN
  INSERT INTO user VALUES (9,'from a trigger',NULL);
END */;;
DELIMITER ;
INSERT INTO \`shop\`.\`user\` (\`name\`,\`uid\`) VALUES ('d',4);
-- Dump completed on 2024-01-01`;

describe("read-sql", () => {
  it("reads what mysqldump writes, wherever it is cut", async () => {
    const expected = [
      { uid: "1", name: "it's", grade: null },
      { uid: "2", name: "a'b", grade: "b" },
      { uid: "3", name: "c", grade: "a" },
      { name: "d", uid: "4" },
    ];
    for (const piece of [1, 2, 3, 5, 7, 11, 64, 100_000])
      expect(await records(mysqldump, { piece })).toEqual(expected);
  });

  it("tells line and number of each row", async () => {
    const found = await readAll(mysqldump, { piece: 13 });
    expect(found.map(({ line, number }) => [line, number])).toEqual([
      [23, 1],
      [23, 2],
      [24, 3],
      [33, 4],
    ]);
  });

  it("reads what the published generator writes", async () => {
    const text =
      "USE users;\nINSERT INTO user_read (timestamp,id,uid,aid,readOrNot) VALUES\n" +
      '  ("1506332297000", "r0", 88, "40", "1"),\n  ("1506332307000", "r1", "5", "6", "0");\n';
    expect(await records(text, { table: "reads" })).toEqual([
      { timestamp: "1506332297000", id: "r0", uid: "88", aid: "40", readOrNot: "1" },
      { timestamp: "1506332307000", id: "r1", uid: "5", aid: "6", readOrNot: "0" },
    ]);
  });

  it.each([
    ["REPLACE INTO user (a) VALUES (1);", [{ a: "1" }]],
    ["insert ignore into db.user(a)values(1),(2)", [{ a: "1" }, { a: "2" }]],
    ['INSERT INTO "user" ("a") VALUES (1) ON DUPLICATE KEY UPDATE a=(2);', [{ a: "1" }]],
    ["INSERT INTO user PARTITION (p0) (a) VALUES (1) AS new(b);", [{ a: "1" }]],
    ["# INSERT INTO user (a) VALUES (1);\n", []],
    ["-- INSERT INTO user (a) VALUES (1);", []],
    ["/* INSERT INTO user (a) VALUES (1); */", []],
    ["/*!50000 INSERT INTO user (a) VALUES (1) */;", [{ a: "1" }]],
    ["/*!999999 INSERT INTO user (a) VALUES (1) */;", []],
    ["/*M!100000 INSERT INTO user (a) VALUES (1) */;", []],
    ["INSERT INTO user (a) VALUES (/* (2) */ 1 -- , 3\n);", [{ a: "1" }]],
    ["\ufeffINSERT INTO user (a) VALUES (1);", [{ a: "1" }]],
    ["\ufeff-- a dump\nINSERT INTO user (a) VALUES (1);", [{ a: "1" }]],
    ["INSERT INTO user (a) VALUES (DEFAULT);", [{ a: undefined }]],
  ])("reads %s", async (text, expected) => {
    expect(await records(text)).toEqual(expected);
    expect(await records(text, { piece: 1 })).toEqual(expected);
  });

  it.each([
    ["(1,2)", "2 values for 1 columns"],
    ["()", "a value is missing"],
    ["(1,)", "a value is missing"],
    ["(NOW())", "not a value: NOW"],
    ["(1+1)", "not a value: +1"],
    ["(@a)", "not a value: @"],
    ["((select 1))", "not a value: ("],
    ["(x'4')", "not UTF-8"],
    ["(x'ff')", "not UTF-8"],
  ])("takes the row %s for a fault, and goes on", async (row, fault) => {
    const text = `INSERT INTO user (a) VALUES ${row}, ('next');`;
    expect(await records(text)).toEqual([fault, { a: "next" }]);
  });

  it("reads a dump of several tables for one of them", async () => {
    const text =
      "INSERT INTO user (a) VALUES (1),('it\\'s'); INSERT INTO user_settings (b) VALUES (2);" +
      "INSERT INTO user_read (c) VALUES (3),(NOW()); INSERT INTO be_read VALUES (4);" +
      "INSERT INTO articles (d) VALUES (5);";
    const isWhole = true;
    expect(await records(text, { isWhole })).toEqual([{ a: "1" }, { a: "it's" }]);
    expect(await records(text, { isWhole, table: "articles" })).toEqual([{ d: "5" }]);
    expect(await records(text, { isWhole, table: "reads" })).toEqual([
      { c: "3" },
      expect.stringMatching(/not a value/),
    ]);
  });

  it("takes a row that is not UTF-8 for a fault, and goes on", async () => {
    const bytes = Buffer.from("INSERT INTO user (a) VALUES ('\xff'),('next');", "latin1");
    expect(await records(bytes)).toEqual(["not UTF-8", { a: "next" }]);
  });

  it.each([
    ["INSERT INTO user (a) VALUES (1),(2", "the file ends inside a row"],
    ["INSERT INTO user (a) VALUES (1),('2", "the file ends inside a row"],
    ["INSERT INTO user (a) VALUES (1),", "the file ends inside an INSERT"],
    ["INSERT INTO user (a) VALUES (1); INSERT INTO us", "the file ends inside an INSERT"],
    ["INSERT INTO user (a) VALUES (1); /* and", "the file ends inside a string or a comment"],
  ])("reports that a dump was cut off: %s", async (text, fault) => {
    expect(await records(text)).toEqual([{ a: "1" }, fault]);
  });

  it.each([
    ["INSERT INTO user VALUES (1);", /no columns are named/],
    ["INSERT INTO user SET a = 1;", /INSERT without VALUES/],
    ["INSERT INTO user SELECT * FROM other;", /INSERT without VALUES/],
    ["INSERT INTO user_read (a) VALUES (1);", /a row of the table user_read in a file of users/],
    ["INSERT INTO be_read (a) VALUES (1);", /a row of the table be_read/],
  ])("says what is wrong with %s", async (text, reason) => {
    expect(await records(text)).toEqual([expect.stringMatching(reason)]);
  });

  it.each([
    ["SET NAMES gbk;", /in gbk/],
    ["/*!40101 SET character_set_client = latin1 */;", /in latin1/],
    ["SET sql_mode='ANSI_QUOTES,NO_ZERO_DATE';", /ANSI_QUOTES/],
    ["SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES';", /NO_BACKSLASH_ESCAPES/],
    [`INSERT INTO user (a) VALUES ('${"x".repeat(1_100_000)}');`, /more than 1048576 bytes/],
  ])("refuses a dump whose text it cannot tell", async (text, reason) => {
    await expect(readAll(text, { piece: 100_000 })).rejects.toMatchObject({
      code: "unprocessable",
      message: expect.stringMatching(reason),
    });
  });

  it.each([
    ["'it\\'s'", "it's"],
    ["'it''s \"quoted\"'", `it's "quoted"`],
    [`"it's ""quoted"""`, `it's "quoted"`],
    [String.raw`'\0\b\n\r\t\Z\\\"\'\q'`, "\0\b\n\r\t\x1a\\\"'q"],
    [String.raw`'50\%\_'`, String.raw`50\%\_`],
    ["'two\nlines; -- no comment /* none */'", "two\nlines; -- no comment /* none */"],
    ["'side' ' by '\n'side'", "side by side"],
    ["X'E5BCA0'", "张"],
    ["x''", ""],
    ["0xE5BCA0", "张"],
    ["_utf8mb4'张'", "张"],
    ["_utf8mb4 x'41'", "A"],
    ["N'a'", "a"],
    ["b'101'", "5"],
    ["0b11", "3"],
    ["NULL", null],
    ["null", null],
    ["true", "1"],
    ["-12.50", "-12.50"],
    ["1e-3", "1e-3"],
    [".5", "0.5"],
    ["007", "7"],
    ["0", "0"],
    ["12", "12"],
  ])("reads the literal %s", async (literal, value) => {
    expect(await literalValue(literal)).toBe(value);
    expect(await literalValue(literal, 1)).toBe(value);
  });

  it("reads back whatever the driver quotes", async () => {
    const text = fc.string({
      unit: fc.oneof(
        fc.string({ unit: "grapheme" }),
        fc.constantFrom("'", '"', "\\", "\n", "\0", "\x1a", "%", ")", ",", ";", "--", "/*", "*/"),
      ),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 40 }),
        async (texts, piece) => {
          const rows = texts.map((one) => `(${escapeByDriver(one)},${escapeByDriver(one)})`);
          const found = await records(`INSERT INTO user (a,b) VALUES ${rows.join(",")};`, {
            piece,
          });
          expect(found).toEqual(texts.map((one) => ({ a: one, b: one })));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("reads back what is quoted by doubling, in either quote, and names in backticks", async () => {
    const text = fc.string({ unit: fc.constantFrom("'", '"', "`", "a", "张", " ", ",", "\n") });
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.constantFrom("'", '"'),
        fc.integer({ min: 1, max: 9 }),
        async (value, quote, piece) => {
          const literal = `${quote}${value.replaceAll(quote, quote + quote)}${quote}`;
          const column = `\`${value.replaceAll("`", "``")}\``;
          const found = await records(`INSERT INTO user (${column}) VALUES (${literal});`, {
            piece,
          });
          expect(found).toEqual([{ [value]: value }]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("answers for any text, the same wherever it is cut", async () => {
    const pieces = [
      "INSERT INTO user (a) VALUES (",
      "),(",
      ");",
      "'",
      '"',
      "`",
      "\\",
      "/*",
      "*/",
      "/*!40000 ",
      "--",
      "-- ",
      "#",
      "\n",
      "1",
      "a",
      ",",
      ";",
      "VALUES",
      "x'",
      "SET ",
      "CREATE TABLE user (",
      "DELIMITER ;;\n",
      "DELIMITER ;\n",
    ];
    const text = fc
      .array(fc.constantFrom(...pieces), { maxLength: 30 })
      .map((parts) => parts.join(""));
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), async (dump, piece) => {
        expect(await readAll(dump, { piece })).toEqual(await readAll(dump, { piece: 1e6 }));
      }),
      { numRuns: 1_000 },
    );
  });
});
