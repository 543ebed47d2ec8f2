import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkSql, LONGEST_SQL } from "#functions/query-sql/check-sql.ts";

describe("a statement that is let through", () => {
  it.each([
    "select 1",
    "SELECT * FROM user WHERE region = 'Beijing' LIMIT 3",
    "(select 1) union (select 2)",
    "with a as (select 1 as n) select n from a",
    "show tables",
    "show vitess_tablets",
    "show create table user",
    "explain select * from user",
    "describe article",
    "vexplain plan select * from user where uid = 1",
    "select 'it''s; -- no comment, /* nor this */, delete into'",
    'select "a\\"b; drop table user"',
    "select `update`, `into`, `next` from `user`",
    "select replace(name, 'a', 'b'), insert('abc', 1, 1, 'x') from user",
    "select 1--1",
    "select @@version, @a",
    "select * from article where title like '%数据%'",
    "select sleep(1)",
    "select a.into_count, updated_at from a",
  ])("%s", (sql) => {
    expect(checkSql(sql).sql).toBe(sql);
  });

  it.each([
    ["select 1;", "select 1"],
    ["select 1 ; ; \n", "select 1"],
    ["-- what for\nselect 1", "select 1"],
    ["select 1 # to the end\n+ 2", "select 1  \n+ 2"],
    ["select 1 --\tto the end", "select 1"],
  ])("has no comments and no semicolon left: %s", (given, sent) => {
    expect(checkSql(given).sql).toBe(sent);
  });
});

describe("a statement that is refused", () => {
  it.each([
    ["several at once", "select 1; delete from user", "one statement"],
    ["several, the second behind a comment", "select 1; -- x\nselect 2", "one statement"],
    ["a write", "delete from user", "only select"],
    ["a write with a first part", "with a as (select 1) delete from user", "write"],
    ["an update with a first part", "with a as (select 1) update user set name = ''", "write"],
    ["an insert", "insert into user values (1)", "only select"],
    ["a replace", "replace into user values (1)", "only select"],
    ["a change of the schema", "drop table user", "only select"],
    ["a setting", "set global read_only = 0", "only select"],
    ["a transaction", "commit", "only select"],
    ["a change of the keyspace", "use `tagenal:-80@primary`", "only select"],
    ["a call", "call p()", "only select"],
    ["a kill", "kill 1", "only select"],
    ["a file that is written", "select * from user into outfile '/tmp/x'", "files"],
    ["a file that is dumped", "select 1 into dumpfile '/tmp/x'", "files"],
    ["a file that is read", "select load_file('/etc/passwd')", "load_file"],
    [
      "a file that is read, its function in quotes",
      "select `load_file`('/etc/passwd')",
      "load_file",
    ],
    ["a variable that is set", "select @a := 1", "variables"],
    ["a variable that is filled", "select 1 into @a", "variables"],
    ["rows that are locked", "select * from user for update", "locks"],
    ["rows that are locked for reading", "select * from user for share", "locks"],
    ["rows that are locked, as before", "select * from user lock in share mode", "locks"],
    ["a lock by name", "select get_lock('a', 10)", "get_lock"],
    ["a lock by name, spaced", "select GET_LOCK  ('a', 10)", "get_lock"],
    ["an idle machine", "select benchmark(1e12, sha2('a', 512))", "benchmark"],
    ["a wait", "select wait_for_executed_gtid_set('a:1')", "wait_for"],
    ["a number of a sequence", "select next 5 values from seq", "sequence"],
    ["a comment that MySQL executes", "select 1 /*!50000 into outfile '/tmp/x' */", "comments"],
    ["a directive", "select /*vt+ QUERY_TIMEOUT_MS=1000000 */ 1", "comments"],
    ["a write behind a comment", "/* select */ delete from user", "comments"],
    ["a string that does not end", "select 'a", "does not end"],
    ["a string whose end is escaped", "select 'a\\'", "does not end"],
    ["a name that does not end", "select `a", "does not end"],
    ["a comment that does not end", "select 1 /*", "comments"],
    ["a byte of zero", "select 1\0", "not understood"],
    ["passwords", "select * from mysql.user", "schema mysql"],
    ["passwords, in quotes", "select * from `MySQL`.`user`", "schema mysql"],
    ["nothing", "  ", "empty"],
    ["a comment alone", "-- select 1", "empty"],
    ["too much", `select '${"a".repeat(LONGEST_SQL)}'`, "at most"],
  ])("%s", (_, sql, why) => {
    expect(() => checkSql(sql)).toThrow(why);
  });

  it("names the field", () => {
    expect(() => checkSql("delete from user")).toThrow(
      expect.objectContaining({ code: "invalid-request", field: "sql" }),
    );
  });

  it("is any with a word that writes outside of quotes, whatever stands around it", () => {
    const filler = fc.constantFrom(
      "a",
      "1",
      "'x;'",
      "`into`",
      "-- y\n",
      "(",
      ")",
      ",",
      " ",
      "\n",
      "*",
    );
    const bad = fc.constantFrom("into", "DELETE", "uPdAtE", "/*!", ";select", "load_file(");
    fc.assert(
      fc.property(fc.array(filler), bad, fc.array(filler), (before, word, after) => {
        const sql = `select ${before.join(" ")} ${word} ${after.join(" ")} 1`;
        expect(() => checkSql(sql)).toThrow();
      }),
    );
  });
});
