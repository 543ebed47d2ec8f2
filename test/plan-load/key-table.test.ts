import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKeyTable, keyOfNumber, keyOfText } from "#functions/plan-load/key-table.ts";

const content = { high: 1, low: 2 };
const other = { high: 1, low: 3 };

describe("key-table", () => {
  it("remembers like a Map, through all its growth", () => {
    const key = fc.oneof(
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    );
    const home = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
    fc.assert(
      fc.property(fc.array(fc.tuple(key, home), { maxLength: 300 }), (entries) => {
        const table = createKeyTable(4);
        const map = new Map<number, bigint>();
        for (const [number, at] of entries) {
          const claim = table.claim(keyOfNumber(number), content, at);
          expect(claim).toBe(map.has(number) ? "same" : "new");
          if (!map.has(number)) map.set(number, at);
        }
        expect(table.size).toBe(map.size);
        for (const [number, at] of map) expect(table.homeOf(keyOfNumber(number))).toBe(at);
      }),
    );
  });

  it("tells the same content from other content", () => {
    const table = createKeyTable();
    expect(table.claim(keyOfText("r1"), content, 1n)).toBe("new");
    expect(table.claim(keyOfText("r1"), content, 1n)).toBe("same");
    expect(table.claim(keyOfText("r1"), other, 1n)).toBe("other");
    expect(table.claim(keyOfText("r2"), other, 1n)).toBe("new");
  });

  it("tells what is stored, what is absent and what was never asked for", () => {
    const table = createKeyTable();
    table.learn(keyOfNumber(1), 7n);
    table.learn(keyOfNumber(2), undefined);
    expect(table.homeOf(keyOfNumber(1))).toBe(7n);
    expect(table.homeOf(keyOfNumber(2))).toBeNull();
    expect(table.homeOf(keyOfNumber(3))).toBeUndefined();
    // A row of the input takes the place of what is only stored, once.
    expect(table.claim(keyOfNumber(1), content, 8n)).toBe("new");
    expect(table.claim(keyOfNumber(1), content, 8n)).toBe("same");
  });

  it("spreads texts that are much alike: no two of a million share a key", () => {
    const table = createKeyTable();
    for (let index = 0; index < 500_000; index += 1) {
      table.claim(keyOfText(`r${index}`), content, 0n);
      table.claim(keyOfText(`0123456789abcdef0123-${index}`), content, 0n);
    }
    expect(table.size).toBe(1_000_000);
  });

  it("keeps 200,000 neighbouring keys apart", () => {
    const table = createKeyTable();
    for (let key = 0; key < 200_000; key += 1) table.claim(keyOfNumber(key), content, BigInt(key));
    expect(table.size).toBe(200_000);
    expect(table.homeOf(keyOfNumber(123_456))).toBe(123_456n);
  });
});
