import { describe, expect, it } from "vitest";
import { type KeptFinding, mergeFindings, toOperationText } from "./report-operations.ts";

const finding = (name: string, more: Partial<KeptFinding> = {}): KeptFinding => ({
  ...{ name, state: "succeeded", problem: null, seconds: 12.34, reads: 500, writes: 200 },
  ...{ errors: 0, longestWriteMs: 812.3, longestReadMs: 90, areRowsSame: true, missing: 0 },
  ...{ isDerivedRight: true, run: { commit: "a" } },
  ...more,
});

describe("the report of the operations", () => {
  it("keeps the others' findings where a few are asked for again", () => {
    const before = [finding("join"), finding("split"), finding("forgotten")];
    const found = [finding("split", { run: { commit: "b" } }), finding("drop")];
    const merged = mergeFindings(["join", "drop", "split", "heal"], before, found);
    expect(merged.map(({ name, run }) => [name, run])).toEqual([
      ["join", { commit: "a" }],
      ["drop", { commit: "a" }],
      ["split", { commit: "b" }],
    ]);
  });

  it("says what callers noticed", () => {
    const text = toOperationText([finding("split", { errors: 2, missing: 1, areRowsSame: false })]);
    expect(text.split("\n").at(-1)?.split(/ {2,}/)).toEqual([
      "split",
      "succeeded",
      "12.3",
      "200",
      "500",
      "2",
      "812",
      "90",
      "differ",
      "1",
      "right",
    ]);
  });
});
