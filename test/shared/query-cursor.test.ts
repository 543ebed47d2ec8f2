import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { homeText, parseCursor, toCursor, wholeNumber } from "#shared/query-cursor.ts";

const position = z.tuple([homeText, wholeNumber]);
const of = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("a cursor", () => {
  it("gives back where the page ended", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.nat(Number.MAX_SAFE_INTEGER),
        (list, home, key) => {
          const after = [String(home), key] as const;
          expect(parseCursor(toCursor(list, after), list, position)).toEqual(after);
        },
      ),
    );
  });

  it("is safe in a URL", () => {
    const cursor = toCursor("users?region=北京", ["1", 2]);
    expect(encodeURIComponent(cursor)).toBe(cursor);
  });

  it("is not needed for the first page", () => {
    expect(parseCursor(undefined, "users", position)).toBeUndefined();
  });

  it.each([
    { name: "noise", cursor: "%%%" },
    { name: "JSON of another shape", cursor: of([1]) },
    { name: "null", cursor: of(null) },
    { name: "no position", cursor: of({ of: "users" }) },
    { name: "a negative key", cursor: of({ of: "users", after: ["1", -1] }) },
    { name: "a home of 65 bits", cursor: of({ of: "users", after: [String(2n ** 64n), 1] }) },
    { name: "a home that is SQL", cursor: of({ of: "users", after: ["1 OR 1=1", 1] }) },
    { name: "further members", cursor: of({ of: "users", after: ["1", 1], x: 1 }) },
    { name: "another list", cursor: toCursor("articles", ["1", 1]) },
  ])("is refused by its name when it is $name", ({ cursor }) => {
    expect(() => parseCursor(cursor, "users", position)).toThrow(
      expect.objectContaining({ status: 400, field: "cursor" }),
    );
  });

  it("never breaks anything else, whatever it holds", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(() => parseCursor(of(value), "users", position)).toThrow(/cursor/);
      }),
    );
  });
});
