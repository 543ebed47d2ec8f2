import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createPlacer,
  FIRST_PLACEMENT,
  hash64,
  type PlacedTable,
  placement,
  rangeOf,
  slot,
} from "#shared/placement.ts";

const key = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const placed = fc.constantFrom<[PlacedTable, string]>(
  ["users", "Beijing"],
  ["users", "Hong Kong"],
  ["articles", "science"],
  ["articles", "technology"],
  ["ranks", "daily"],
  ["ranks", "weekly"],
);

describe("placement", () => {
  it("never changes: stored homes depend on it", () => {
    expect(placement(FIRST_PLACEMENT, "users", "Beijing", 1)).toBe(7224490113227593520n);
    expect(placement(FIRST_PLACEMENT, "users", "Hong Kong", 1)).toBe(11836176131654981424n);
    expect(placement(FIRST_PLACEMENT, "articles", "science", 7)).toBe(1797772400223093621n);
    expect(placement(FIRST_PLACEMENT, "articles", "technology", 7)).toBe(15632830455505257333n);
    expect(hash64(0n)).toBe(0xe220a8397b1dcdafn); // The first number of splitmix64, seed 0.
    expect(slot(12)).toBe(10682531704454680323n);
  });

  it("puts a row into the range of its value and nowhere else", () => {
    fc.assert(
      fc.property(placed, key, ([table, value], id) => {
        const home = placement(FIRST_PLACEMENT, table, value, id);
        const { low, high } = rangeOf(FIRST_PLACEMENT, table, value);
        expect(home >= low && home <= high).toBe(true);
      }),
    );
  });

  it("answers the same through a placer", () => {
    fc.assert(
      fc.property(placed, key, ([table, value], id) => {
        expect(createPlacer(FIRST_PLACEMENT, table)(value, id)).toBe(
          placement(FIRST_PLACEMENT, table, value, id),
        );
      }),
    );
  });

  it("keeps different keys of one value apart in practice", () => {
    const homes = new Set<bigint>();
    for (let id = 1; id <= 20_000; id += 1)
      homes.add(placement(FIRST_PLACEMENT, "users", "Beijing", id));
    expect(homes.size).toBe(20_000);
  });

  it("spreads neighbouring keys evenly", () => {
    const { low, high } = rangeOf(FIRST_PLACEMENT, "articles", "technology");
    const middle = (low + high) / 2n;
    let below = 0;
    for (let id = 1; id <= 10_000; id += 1)
      if (placement(FIRST_PLACEMENT, "articles", "technology", id) < middle) below += 1;
    expect(below).toBeGreaterThan(4_800);
    expect(below).toBeLessThan(5_200);
  });

  it("hashes one to one", () => {
    fc.assert(
      fc.property(key, key, (one, other) => {
        fc.pre(one !== other);
        expect(hash64(BigInt(one))).not.toBe(hash64(BigInt(other)));
      }),
    );
  });

  it.each(["Shanghai", "beijing", "", "constructor", "__proto__"])(
    "refuses the region %j and names the known ones",
    (region) => {
      expect(() => placement(FIRST_PLACEMENT, "users", region, 1)).toThrow(
        /unknown region .*known: Beijing, Hong Kong/,
      );
      expect(createPlacer(FIRST_PLACEMENT, "users")(region, 1)).toBeUndefined();
    },
  );
});
