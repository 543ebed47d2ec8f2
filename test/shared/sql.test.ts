import fc from "fast-check";
import { format } from "mysql2";
import { describe, expect, it } from "vitest";
import { retry } from "#shared/retry.ts";
import { toLiteral } from "#shared/sql.ts";

/** Reads a literal as MySQL does. */
const parse = (literal: string): string => literal.slice(1, -1).replace(/\\(.)/gs, "$1");

describe("toLiteral", () => {
  it("keeps any text whole inside its quotes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const literal = toLiteral(text);
        expect(parse(literal)).toBe(text);
        expect(literal.slice(1, -1).replace(/\\./gs, "")).not.toMatch(/['\\]/);
      }),
    );
  });

  it("writes numbers as they are", () => {
    expect(toLiteral(42)).toBe(format("?", [42]));
  });
});

describe("retry", () => {
  const passing = { isPassing: (error: unknown) => error === "later", pauseMs: 1 };

  it("tries again until it succeeds", async () => {
    let calls = 0;
    const work = async () => {
      calls += 1;
      if (calls < 3) throw "later";
      return calls;
    };
    expect(await retry(work, passing)).toBe(3);
  });

  it("gives up after its attempts, and at once on anything else", async () => {
    let calls = 0;
    const failing = (error: unknown) => async () => {
      calls += 1;
      throw error;
    };
    await expect(retry(failing("later"), { ...passing, attempts: 2 })).rejects.toBe("later");
    await expect(retry(failing("never"), passing)).rejects.toBe("never");
    expect(calls).toBe(3);
  });

  it("gives up when its time is over, however few attempts there were", async () => {
    let calls = 0;
    const work = async () => {
      calls += 1;
      throw "later";
    };
    await expect(retry(work, { ...passing, withinMs: 0 })).rejects.toBe("later");
    expect(calls).toBe(1);
  });
});
