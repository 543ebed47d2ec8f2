import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { changeTables, findMissing } from "#infra/database/changed-tables.ts";

const old = "CREATE TABLE `article_read` (\n  …\n  PRIMARY KEY (`home`,`reader_home`,`id`)\n)";
const current =
  "CREATE TABLE `article_read` (\n  …\n  PRIMARY KEY (`home`,`uid`,`reader_home`,`id`),\n" +
  "  KEY `by_time` (`timestamp`,`read_or_not`,`aid`)\n)";

/** A vtctld whose first shard's primary has one definition, and the second's another. */
const createVtctl = (first: string, second: string) => {
  const applied: string[] = [];
  const vtctl = async (...args: readonly string[]): Promise<string> => {
    const [command, , asked, last] = args;
    if (command === "GetTablets")
      return JSON.stringify(
        [101, 102, 201].map((uid) => ({
          ...{ alias: { cell: "beijing", uid }, keyspace: "tagenal", shard: "-80" },
          type: uid === 102 ? 2 : 1,
        })),
      );
    if (command === "GetSchema") {
      const schema = last === "beijing-0000000101" ? first : second;
      return JSON.stringify({ table_definitions: [{ name: asked, schema }] });
    }
    applied.push(String(args[2]));
    return "";
  };
  return { applied, vtctl };
};

describe("a table that is older than its definition", () => {
  it("is changed, wherever a shard has it as it was", async () => {
    const { applied, vtctl } = createVtctl(current, old);
    await changeTables(vtctl, "tagenal");
    expect(applied).toHaveLength(2);
    expect(applied[0]).toContain("add primary key (home, uid, reader_home, id)");
  });

  it("gets the columns that it has not, in the keyspace without shards too", async () => {
    const { applied, vtctl } = createVtctl("CREATE TABLE `stream_hold` (\n)", "");
    await changeTables(
      async (...args) =>
        args[0] === "GetSchema"
          ? JSON.stringify({
              table_definitions: ["load_chunk", "stream_hold"].map((name) => ({
                name,
                schema: name === "load_chunk" ? "(\n  `article_shard` varchar(40)\n)" : "(\n)",
              })),
            })
          : vtctl(...args),
      "global",
    );
    expect(applied).toEqual(["alter table stream_hold add column positions json"]);
  });

  it("is left alone once it was changed", async () => {
    const { applied, vtctl } = createVtctl(current, current);
    await changeTables(vtctl, "tagenal");
    expect(applied).toEqual([]);
  });

  it("becomes what the schema makes of a new one", async () => {
    const text = await readFile(
      join(import.meta.dirname, "../../infra/schema/tagenal.sql"),
      "utf8",
    );
    const made = text.replaceAll("primary key", "PRIMARY KEY").replaceAll(", ", ",");
    for (const { sql } of findMissing(new Map([["article_read", old]]))) {
      const [, key = ""] = /(?:primary key|by_time) (\([^)]*\))$/.exec(sql) ?? [];
      expect(made).toContain(key.replaceAll(", ", ","));
    }
  });
});
