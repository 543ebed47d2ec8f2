import { describe, expect, it } from "vitest";
import { isProblem } from "#shared/problem.ts";
import { parseChoice, parseKey, parseLimit, readParams } from "#shared/query-params.ts";

const problemOf = (work: () => unknown): Record<string, unknown> => {
  try {
    work();
  } catch (error) {
    if (isProblem(error)) return error.toJSON();
    throw error;
  }
  throw new Error("it did not throw");
};

describe("query parameters", () => {
  it("are read by name, decoded", () => {
    const query = new URLSearchParams("region=Hong%20Kong&limit=3");
    expect(readParams(query, ["region", "limit", "cursor"])).toEqual({
      region: "Hong Kong",
      limit: "3",
    });
  });

  it.each([
    { name: "unknown", query: "regoin=x", field: "regoin", detail: "known: region, limit" },
    { name: "repeated", query: "limit=1&limit=2", field: "limit", detail: "more than once" },
    { name: "empty", query: "region=", field: "region", detail: "empty" },
  ])("are refused when $name", ({ query, field, detail }) => {
    const problem = problemOf(() => readParams(new URLSearchParams(query), ["region", "limit"]));
    expect(problem).toMatchObject({ status: 400, field });
    expect(problem["detail"]).toContain(detail);
  });

  it("say so where none is known", () => {
    const problem = problemOf(() => readParams(new URLSearchParams("a=1"), []));
    expect(problem["detail"]).toContain("there are none here");
  });

  it("stay short in the message however long the caller made them", () => {
    const problem = problemOf(() =>
      readParams(new URLSearchParams({ ["x".repeat(9_999)]: "1" }), []),
    );
    expect(JSON.stringify(problem).length).toBeLessThan(400);
  });

  it.each(["0", "9", "9007199254740991"])("take %s for a key", (text) => {
    expect(parseKey("uid", text)).toBe(Number(text));
  });

  it.each(["", "-1", "01", "1.5", "1e3", " 1", "0x1", "abc", "9007199254740992", "١"])(
    "do not take %j for a key",
    (text) => {
      expect(problemOf(() => parseKey("uid", text))).toMatchObject({ status: 400, field: "uid" });
    },
  );

  it("have a default limit and a largest one", () => {
    expect(parseLimit(undefined)).toBe(50);
    expect(parseLimit("5000")).toBe(5_000);
    for (const text of ["0", "5001", "-1", "ten"])
      expect(problemOf(() => parseLimit(text))).toMatchObject({ status: 400, field: "limit" });
  });

  it("name the choices", () => {
    expect(parseChoice("list", "read", ["read", "share"])).toBe("read");
    for (const text of [undefined, "reads"])
      expect(problemOf(() => parseChoice("list", text, ["read", "share"]))).toMatchObject({
        field: "list",
        detail: expect.stringContaining("read, share"),
      });
  });
});
