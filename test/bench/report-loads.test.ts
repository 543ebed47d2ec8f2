import { describe, expect, it } from "vitest";
import { judgeLoads, type LoadFinding, toLoadsText } from "./report-loads.ts";

const asked = (p99: number, errors = 0) => ({
  ...{ perSecond: 50, seconds: 20, errors, samples: 1_000, min: 1, median: 2, p99 },
});

const finding = (
  reads: number,
  total: number,
  changes: Partial<LoadFinding> = {},
): LoadFinding => ({
  ...{ reads, bytes: reads * 230, readers: { atRest: asked(10), meanwhile: asked(15) } },
  seconds: { plan: 1, load: 1, verify: 1, derived: 1, total },
  memory: [{ name: "load-chunk", early: 200, later: 210 }],
  ...changes,
});

const found = (findings: readonly LoadFinding[]) =>
  Object.fromEntries(
    judgeLoads(findings).map(({ name, found: value, isMet }) => [name, [value, isMet]]),
  );

describe("what growing loads are held to", () => {
  it("is the rate of the largest beside the smallest", () => {
    expect(found([finding(100_000, 10), finding(1_000_000, 200)])).toMatchObject({
      "rate of the last, of the first": [0.5, false],
    });
  });

  it("is how much a function grew after the first quarter, and what readers waited", () => {
    const memory = [
      { name: "plan-load", early: 300, later: 200 },
      { name: "load-chunk", early: 200, later: 300 },
    ];
    const readers = { atRest: asked(10), meanwhile: asked(25, 3) };
    expect(found([finding(1, 1), finding(1, 1, { memory, readers })])).toMatchObject({
      "most that a function grew in the last, MiB": [100, false],
      "readers' p99 in the last, of that at rest": [2.5, false],
      "readers' errors": [3, false],
    });
  });

  it("leaves readers out where nobody read", () => {
    const { readers: _, ...alone } = finding(100_000, 10);
    expect(judgeLoads([alone])).toHaveLength(2);
    expect(toLoadsText([alone])).not.toContain("NaN");
  });

  it("is told as a table, a line a size", () => {
    const lines = toLoadsText([finding(100_000, 10), finding(1_000_000, 100)]).split("\n");
    expect(lines[1]).toMatch(/^100,000\s+23\s+10\.0\s+10,000\s+2\.3/);
    expect(lines[2]).toMatch(/^1,000,000\s+230\s+100\.0\s+10,000/);
  });
});
