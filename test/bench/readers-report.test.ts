import { describe, expect, it } from "vitest";
import { type Found, judgeReaders, toReadersText } from "./readers-report.ts";

const at = (median: number) => ({ samples: 1, min: median, median, p99: median });

const found: Found = {
  times: {
    point: { vtgate: at(1), function: at(1.5), cached: at(0.8), "top five, cached": at(2) },
    many: { "MySQL and JSON": at(10), function: at(30) },
    beRead: { "of 100,000 readers": at(2), "of 10 readers": at(2) },
  },
  kept: [
    { perSecond: 2_000, perCoreSecond: 3_000 },
    { perSecond: 2_100, perCoreSecond: 3_500 },
  ],
  constant: [{ perSecond: 4_000, perCoreSecond: 5_000 }],
  steady: { perSecond: 1_400, seconds: 60, errors: 0, ...at(1) },
};

describe("the bench of the readers' API", () => {
  it("judges ratios within its run, of the better of two rates", () => {
    expect(judgeReaders(found).map(({ found: value, isMet }) => [value, isMet])).toEqual([
      [1.5, true],
      [0.53, false],
      [3, false],
      [0.7, true],
      [2.5, true],
      [1, true],
      [0, true],
    ]);
  });

  it("tells all of it", () => {
    const text = toReadersText(found);
    for (const part of ["point: cached", "2100 (3500)", "1400/s for 60 s", "not met"])
      expect(text).toContain(part);
  });
});
