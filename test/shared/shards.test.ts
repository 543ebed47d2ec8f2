import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createShardMap,
  doRangesMeet,
  isInRange,
  parseKeyRange,
  sliceRange,
} from "#shared/shards.ts";

const home = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
/** Shards that cover the space, cut at random two-digit bounds. */
const shards = fc
  .uniqueArray(fc.integer({ min: 1, max: 255 }), { maxLength: 8 })
  .map((cuts) => cuts.sort((a, b) => a - b).map((cut) => cut.toString(16).padStart(2, "0")))
  .map((cuts) => ["", ...cuts].map((from, index) => `${from}-${cuts[index] ?? ""}`));

describe("shards", () => {
  it.each([
    ["-80", 0n, 1n << 63n],
    ["80-", 1n << 63n, 1n << 64n],
    ["-", 0n, 1n << 64n],
    ["0", 0n, 1n << 64n],
    ["40-80", 1n << 62n, 1n << 63n],
    ["00-40", 0n, 1n << 62n],
    ["4000-c0", 1n << 62n, 3n << 62n],
  ])("reads %s", (name, from, to) => {
    expect(parseKeyRange(name)).toEqual({ from, to });
  });

  it.each(["", "80", "80-40", "8-", "80-80", "40-80-c0", "zz-", "-00", "112233445566778899-"])(
    "refuses %j",
    (name) => {
      expect(() => parseKeyRange(name)).toThrow(/key range/);
    },
  );

  it("gives each keyspace id exactly one owner", () => {
    fc.assert(
      fc.property(shards, home, (names, id) => {
        const map = createShardMap(names);
        const owners = names.filter((name) => isInRange(parseKeyRange(name), id));
        expect(owners).toEqual([map.ownerOf(id)]);
        expect(map.names[map.indexOf(id)]).toBe(map.ownerOf(id));
      }),
    );
  });

  it("takes shards in any order", () => {
    expect(createShardMap(["80-", "-40", "40-80"]).names).toEqual(["-40", "40-80", "80-"]);
  });

  it.each([[["-80"]], [["80-"]], [["-40", "80-"]], [["-80", "40-"]], [[]]])(
    "refuses shards that do not cover the space once: %j",
    (names) => {
      expect(() => createShardMap(names)).toThrow(/gap|reach/);
    },
  );

  it("slices a range without gap or overlap", () => {
    fc.assert(
      fc.property(shards, fc.integer({ min: 1, max: 40 }), (names, count) => {
        const range = parseKeyRange(names[0] ?? "-");
        const slices = sliceRange(range, count);
        expect(slices[0]?.from).toBe(range.from);
        expect(slices.at(-1)?.to).toBe(range.to);
        for (const [index, slice] of slices.entries())
          if (index > 0) expect(slice.from).toBe(slices[index - 1]?.to);
      }),
    );
  });

  it("tells whether two ranges meet", () => {
    expect(doRangesMeet(parseKeyRange("-80"), parseKeyRange("80-"))).toBe(false);
    expect(doRangesMeet(parseKeyRange("-80"), parseKeyRange("40-c0"))).toBe(true);
  });
});
