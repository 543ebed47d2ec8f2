import { describe, expect, it } from "vitest";
import { createHomes, type Homes } from "#shared/query-home.ts";
import type { Sql } from "#shared/sql.ts";

/** A directory in memory that counts how often it is asked. */
const createDirectory = (entries: Iterable<[number, bigint]> = []) => {
  const homes = new Map(entries);
  const asked: number[] = [];
  const sql: Pick<Sql, "query"> = {
    query: async <T extends object>(_sql: string, values: readonly unknown[] = []) => {
      const key = Number(values[1]);
      asked.push(key);
      const home = homes.get(key);
      return (home === undefined ? [] : [{ home: String(home) }]) as T[];
    },
  };
  return { homes, asked, sql };
};

const directory = { table: "user_directory", key: "uid" } as const;

/** Finds a key in rows that lie under their homes. */
const findIn = (finder: Homes, rows: ReadonlyMap<bigint, number>, key: number) =>
  finder.find(key, async (home) => (rows.get(home) === key ? `row ${key}` : undefined));

describe("homes", () => {
  it("are looked up once", async () => {
    const { asked, sql } = createDirectory([[7, 70n]]);
    const finder = createHomes(sql, directory);
    for (let turn = 0; turn < 3; turn += 1)
      expect(await findIn(finder, new Map([[70n, 7]]), 7)).toBe("row 7");
    expect(asked).toEqual([7]);
  });

  it("are looked up again when the row is not there any more", async () => {
    const { homes, asked, sql } = createDirectory([[7, 70n]]);
    const finder = createHomes(sql, directory);
    await findIn(finder, new Map([[70n, 7]]), 7);
    homes.set(7, 71n);
    const moved = new Map([[71n, 7]]);
    expect(await findIn(finder, moved, 7)).toBe("row 7");
    expect(await findIn(finder, moved, 7)).toBe("row 7");
    expect(asked).toEqual([7, 7]);
  });

  it("are followed when the row moves between the look-up and the read", async () => {
    const { homes, sql } = createDirectory([[7, 70n]]);
    const found = await createHomes(sql, directory).find(7, async (home) => {
      if (home === 70n) {
        homes.set(7, 71n);
        return undefined;
      }
      return home;
    });
    expect(found).toBe(71n);
  });

  it("of unknown keys are not kept", async () => {
    const { homes, sql } = createDirectory();
    const finder = createHomes(sql, directory);
    const rows = new Map([[70n, 7]]);
    expect(await findIn(finder, rows, 7)).toBeUndefined();
    homes.set(7, 70n);
    expect(await findIn(finder, rows, 7)).toBe("row 7");
  });

  it("of deleted rows are forgotten, even if the directory still has them", async () => {
    const { sql } = createDirectory([[7, 70n]]);
    expect(await findIn(createHomes(sql, directory), new Map(), 7)).toBeUndefined();
  });

  it("are kept up to a number, the least used going first", async () => {
    const { asked, sql } = createDirectory([1, 2, 3].map((key) => [key, BigInt(key)]));
    const finder = createHomes(sql, directory, 2);
    const rows = new Map([1, 2, 3].map((key) => [BigInt(key), key]));
    for (const key of [1, 2, 1, 3, 1, 2]) await findIn(finder, rows, key);
    expect(asked).toEqual([1, 2, 3, 2]);
  });
});
