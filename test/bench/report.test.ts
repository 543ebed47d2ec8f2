import { describe, expect, it } from "vitest";
import { type Findings, judge, summarizeLoad, toText } from "./report.ts";

const summary = (median: number) => ({ samples: 3, min: median - 1, median, p99: median + 1 });
const seconds = (load: number, total: number) => ({ plan: 1, load, verify: 1, derived: 1, total });

const findings: Findings = {
  rows: { users: 100, articles: 100, reads: 800 },
  load: [
    { system: seconds(4, 8), direct: { loaded: 2, all: 4 } },
    { system: seconds(5, 9), direct: { loaded: 2.5, all: 5 } },
    { system: seconds(6, 20), direct: { loaded: 2.4, all: 10 } },
  ],
  queries: [
    { name: "point", ways: { function: summary(3), vtgate: summary(1.5), MySQL: summary(0.5) } },
    { name: "many", ways: { function: summary(120), vtgate: summary(40), MySQL: summary(20) } },
  ],
};

describe("the bench's report", () => {
  it("compares a load with MySQL round by round", () => {
    expect(summarizeLoad(findings)).toEqual({
      directRate: 417,
      insertRate: 200,
      wholeRate: 111,
      insertRatio: 1,
      wholeRatio: 0.5,
    });
  });

  it("says of each goal whether it is met", () => {
    expect(judge(findings).map(({ name, found, isMet }) => [name, found, isMet])).toEqual([
      ["load, inserting, of MySQL", 1, true],
      ["load, whole operation, of MySQL", 0.5, true],
      ["point query over vtgate's, ms", 1.5, true],
      ["many, ms", 120, false],
    ]);
  });

  it("shows a table of medians and ratios", () => {
    const text = toText(findings);
    expect(text).toMatch(/point: function +2\.00 +3\.00 +4\.00 +6\.00× +2\.00×/);
    expect(text).toMatch(/tagenal load, inserting +200\/s +1\.00/);
  });
});
