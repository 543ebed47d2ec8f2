import { describe, expect, it } from "vitest";
import { createDerivedCounts, partsOf } from "#shared/derived-counts.ts";
import { parseKeyRange } from "#shared/shards.ts";
import type { TransactionalSql } from "#shared/sql.ts";

describe("the parts of a shard", () => {
  it.each([["-"], ["-80"], ["80-"], ["40-80"], ["c0-"], ["84-86"], ["8410-8420"]])(
    "cover %s once, without gap and without what is beside it",
    (shard) => {
      const { from, to } = parseKeyRange(shard);
      const parts = partsOf(shard);
      expect(parts[0]?.from).toBe(from);
      expect(parts.at(-1)?.to).toBe(to - 1n);
      for (const [index, part] of parts.entries()) {
        expect(part.from <= part.to).toBe(true);
        if (index > 0) expect(part.from).toBe((parts[index - 1]?.to ?? 0n) + 1n);
      }
    },
  );

  it("are the same whether the space is one shard or several", () => {
    const starts = (shards: readonly string[]) =>
      shards.flatMap(partsOf).map(({ from }) => from.toString());
    expect(starts(["-40", "40-80", "80-"])).toEqual(starts(["-"]));
  });
});

/** A shard that keeps marks, and counts what is added and taken back. */
const createShard = () => {
  const marks = new Map<string, boolean>();
  let counted = 0;
  const sql: TransactionalSql = {
    query: async () => [],
    transaction: (work) => work(sql),
    write: async (text, [first] = []) => {
      const key = String(first);
      const answer = (isChanged: boolean) => ({ affected: isChanged ? 1 : 0, insertId: 0 });
      if (text.startsWith("insert into be_read")) {
        counted += text.includes("-sum(") ? -1 : 1;
        return answer(true);
      }
      if (text.startsWith("delete")) return answer(marks.delete(key));
      if (text.startsWith("update")) {
        if (marks.get(key) !== true) return answer(false);
        marks.set(key, false);
        return answer(true);
      }
      if (marks.has(key)) return answer(false);
      marks.set(key, text.includes("?, 1)"));
      return answer(true);
    },
  };
  return { sql, counted: () => counted, marks };
};

describe("the counts of a load", () => {
  const create = () => {
    const shard = createShard();
    const readShards = async () => ["-"];
    const parts = partsOf("-").length;
    return { ...shard, parts, counts: createDerivedCounts({ readShards, shard: () => shard.sql }) };
  };

  it("are added once, however often that is asked for", async () => {
    const { counts, counted, parts } = create();
    await Promise.all([counts.add(7), counts.add(7)]);
    await counts.add(7);
    expect(counted()).toBe(parts);
  });

  it("are taken back where they were added, and added by nobody afterwards", async () => {
    const { counts, counted } = create();
    await counts.add(7);
    await counts.takeBack(7);
    await counts.takeBack(7);
    await counts.add(7);
    expect(counted()).toBe(0);
  });

  it("are not added by one who comes too late", async () => {
    const { counts, counted, marks } = create();
    await counts.takeBack(7);
    await counts.add(7);
    expect(counted()).toBe(0);
    await counts.forget(7);
    expect(marks.size).toBe(0);
  });
});
