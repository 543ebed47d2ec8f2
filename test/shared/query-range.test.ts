import { describe, expect, it } from "vitest";
import { toRangeStatement } from "#shared/query-range.ts";
import { rowsPerStatement, toSelectList } from "#shared/query-rows.ts";
import { articles, reads, users } from "#shared/tables.ts";

const bounds = { low: 64n, high: 127n };

describe("the statement of a list", () => {
  it("bounds home by BETWEEN alone, which is what leaves shards out", () => {
    const { sql, values } = toRangeStatement({
      table: users,
      bounds,
      part: { column: "region", value: "Beijing" },
      after: undefined,
      count: 3,
    });
    expect(sql.replace(/^.* FROM /, "")).toBe(
      "user t WHERE t.home BETWEEN ? AND ? AND t.region = ? ORDER BY t.home, t.uid LIMIT ?",
    );
    expect(values).toEqual([64n, 127n, "Beijing", 3]);
  });

  it("goes on after a position", () => {
    const { sql, values } = toRangeStatement({
      table: articles,
      bounds,
      part: undefined,
      after: ["100", 5],
      count: 3,
    });
    expect(sql).toContain("BETWEEN ? AND ? AND (t.home > ? OR t.aid > ?) ORDER BY t.home, t.aid");
    expect(values).toEqual([100n, 127n, 100n, 5, 3]);
  });

  it("does not leave its bounds when the value has moved away from the position", () => {
    const after = ["3", 5] as const;
    const { values } = toRangeStatement({ table: users, bounds, part: undefined, after, count: 3 });
    expect(values.slice(0, 2)).toEqual([64n, 127n]);
  });

  it("asks for no more rows than fit into one message of vtgate", () => {
    expect(rowsPerStatement(users)).toBeGreaterThan(4_000);
    expect(rowsPerStatement(articles)).toBeGreaterThan(400);
    for (const table of [users, articles, reads]) {
      const longest = table.columns.reduce((sum, { max }) => sum + (max ? 4 * max : 20), 0);
      expect(rowsPerStatement(table) * longest).toBeLessThan(16 * 2 ** 20);
    }
  });

  it("selects every column that a cursor, a join or an item needs", () => {
    expect(toSelectList(reads, "r")).toContain(
      "r.home, r.id, r.timestamp, r.uid, r.aid, r.article_home",
    );
  });
});
