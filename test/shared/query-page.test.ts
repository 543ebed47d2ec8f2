import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Problem } from "#shared/problem.ts";
import { LARGEST_PAGE, MOST_STATEMENTS, readPage } from "#shared/query-page.ts";

interface Page {
  readonly items: readonly number[];
  readonly next: string | null;
}

interface PageOf {
  readonly limit: number;
  readonly batch: number;
  /** More rows than this are too large for a message. */
  readonly room?: number;
  readonly after: number | undefined;
}

/** A list of rising numbers, as a table with a key would give them. */
const pageOf = async (
  list: readonly number[],
  { limit, batch, room = batch + 1, after }: PageOf,
): Promise<Page> => {
  const json = await readPage<number, number>({
    limit,
    batch,
    after,
    fetch: async (from, count) => {
      if (count > room) throw new Problem("too-large", "more than a message");
      return list.filter((value) => from === undefined || value > from).slice(0, count);
    },
    positionOf: (value) => value,
    toItems: (rows) => rows,
    toNext: String,
  });
  return JSON.parse(json) as Page;
};

describe("pages", () => {
  it("show every row once and in order, whatever their size and the size of a statement", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat(500), { maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        fc.nat(20),
        async (values, limit, batch, extra) => {
          const list = values.sort((one, other) => one - other);
          const seen: number[] = [];
          let after: number | undefined;
          for (let next: string | null = ""; next !== null; ) {
            const page = await pageOf(list, { limit, batch, room: batch + 1 + extra, after });
            expect(page.items.length).toBeLessThanOrEqual(limit);
            seen.push(...page.items);
            next = page.next;
            after = Number(next);
          }
          expect(seen).toEqual(list);
        },
      ),
    );
  });

  it("show every row that becomes an item once, however few do", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat(5_000), { maxLength: 300 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        async (values, limit, every) => {
          const list = values.sort((one, other) => one - other);
          const seen: number[] = [];
          let after: number | undefined;
          for (let next: string | null = ""; next !== null; ) {
            let asked = 0;
            const json = await readPage<number, number>({
              limit,
              batch: 10,
              isThinned: true,
              after,
              fetch: async (from, count) => {
                asked += 1;
                return list.filter((value) => from === undefined || value > from).slice(0, count);
              },
              positionOf: (value) => value,
              toItems: (rows) => rows.map((value) => (value % every === 0 ? value : undefined)),
              toNext: String,
            });
            const page = JSON.parse(json) as Page;
            expect(page.items.length).toBeLessThanOrEqual(limit);
            expect(asked).toBeLessThanOrEqual(MOST_STATEMENTS);
            seen.push(...page.items);
            next = page.next;
            after = Number(next);
          }
          expect(seen).toEqual(list.filter((value) => value % every === 0));
        },
      ),
    );
  });

  it("end with null, also when the last one is full", async () => {
    expect(await pageOf([1, 2, 3, 4], { limit: 2, batch: 9, after: 2 })).toEqual({
      items: [3, 4],
      next: null,
    });
    expect(await pageOf([], { limit: 2, batch: 9, after: undefined })).toEqual({
      items: [],
      next: null,
    });
  });

  it("fail where even the rows that fit by their columns do not", async () => {
    await expect(pageOf([1, 2], { limit: 2, batch: 2, room: 1, after: undefined })).rejects.toThrow(
      "more than a message",
    );
  });

  it("are cut before they outgrow the process, and go on from there", async () => {
    const text = "x".repeat(LARGEST_PAGE / 4);
    const json = await readPage<number, number>({
      limit: 100,
      batch: 2,
      after: undefined,
      fetch: async (from = 0, count) =>
        Array.from({ length: count }, (_, index) => from + index + 1),
      positionOf: (value) => value,
      toItems: (rows) => rows.map(() => text),
      toNext: String,
    });
    const { items, next } = JSON.parse(json) as Page;
    expect(items).toHaveLength(4);
    expect(next).toBe("4");
  });
});
