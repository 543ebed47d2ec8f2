import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Cell,
  columnsOf,
  EMPTY,
  fromHex,
  isEqual,
  rowChecksum,
  setChecksumSql,
  toHex,
  xor,
} from "#shared/checksum.ts";
import { users } from "#shared/tables.ts";

const row = fc.array(fc.oneof(fc.string({ unit: "grapheme" }), fc.nat()), { minLength: 1 });
const sum = (rows: readonly (readonly Cell[])[]) => rows.map(rowChecksum).reduce(xor, EMPTY);

describe("checksum", () => {
  it("is what SHA2(CONCAT_WS(CHAR(31), …)) gives in MySQL", () => {
    expect(toHex(rowChecksum(["7031055713618413808", 12, "u12", "张三 💡"]))).toBe(
      "d7ee94e95b9294b6",
    );
    expect(toHex(rowChecksum(["a"]))).toBe("ca978112ca1bbdca");
  });

  it("does not depend on the order of the rows", () => {
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        expect(sum(rows.toReversed())).toEqual(sum(rows));
      }),
    );
  });

  it("tells texts apart that differ only in where they are cut", () => {
    expect(isEqual(rowChecksum(["ab", "c"]), rowChecksum(["a", "bc"]))).toBe(false);
  });

  it("takes a part away by adding it again", () => {
    fc.assert(
      fc.property(fc.array(row), fc.array(row), (some, others) => {
        expect(xor(sum([...some, ...others]), sum(others))).toEqual(sum(some));
      }),
    );
  });

  it("survives hexadecimal text, also as HEX() writes it", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (value) => {
        const text = value.toString(16);
        expect(toHex(fromHex(text.toUpperCase()))).toBe(text.padStart(16, "0"));
      }),
    );
    expect(fromHex(null)).toEqual(EMPTY);
  });

  it("covers every column of a table in order", () => {
    expect(setChecksumSql(columnsOf(users))).toContain(
      "(CHAR(31), `home`, `uid`, `id`, `timestamp`",
    );
  });
});
