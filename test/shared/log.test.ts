import { describe, expect, it } from "vitest";
import { describeError } from "#shared/log.ts";
import { Problem } from "#shared/problem.ts";

describe("an error in the log", () => {
  it("tells where it comes from, down its causes, and by which codes", () => {
    const cause = Object.assign(new Error("connect"), { code: "ECONNREFUSED", errno: -111 });
    const all = new AggregateError([cause], "all of them");
    const text = describeError(new Problem("unavailable", "no vtgate", { cause: all }));
    expect(text).toContain("no vtgate");
    expect(text).toContain("log.test.ts");
    expect(text).toContain("because of AggregateError: all of them");
    expect(text).toMatch(/because of Error: connect.*\[ECONNREFUSED, -111\]/s);
  });

  it("tells nothing of the rows, statements and commands that errors carry along", () => {
    const rows = [[1, "Li Lei", "li@example.org"]];
    const command = Object.assign(new Error("MOVED"), {
      command: { name: "set", args: ["key", Buffer.from("Li Lei")] },
      sql: "insert into user values ('Li Lei')",
    });
    const problem = new Problem("internal", "a bug", { extra: { rows }, cause: command });
    for (const error of [problem, { name: "Li Lei" }, rows])
      expect(describeError(error)).not.toMatch(/Li Lei|li@example/);
  });

  it("is bounded, also where causes go round", () => {
    const one = new Error("x".repeat(9_999));
    const other = new Error("other", { cause: one });
    one.cause = other;
    expect(describeError(other).length).toBeLessThan(4_100);
  });
});
