import { describe, expect, it } from "vitest";
import { toBuckets, toP99, toRates } from "#functions/show-cluster/tablet-counters.ts";

const histogram = (counts: Record<string, number>) => ({ ...counts, Count: 1, Time: 1 });

describe("the counters of a vttablet", () => {
  it("give reads and writes a second of the last 10 s", () => {
    const QPS = {
      Select: [900, 10, 20],
      SelectStream: [0, 0, 4],
      Insert: [0, 6],
      Begin: [50, 50],
      All: [999, 999],
    };
    expect(toRates({ QPS })).toEqual({ reads: 17, writes: 3 });
    expect(toRates({})).toEqual({ reads: 0, writes: 0 });
  });

  it("give the time within which 99 of 100 queries end", () => {
    const now = toBuckets({
      Queries: {
        Histograms: {
          Select: histogram({ "500000": 90, "1000000": 5, "5000000": 0, inf: 0 }),
          Insert: histogram({ "500000": 0, "1000000": 0, "5000000": 5, inf: 0 }),
          Begin: histogram({ "500000": 0, "1000000": 0, "5000000": 0, inf: 500 }),
        },
      },
    });
    // The 99th is the fourth of five between 1 and 5 ms.
    expect(toP99(now, new Map())).toBeCloseTo(4.2);
  });

  it("leave out what was there before, and begin again with a server that does", () => {
    const before = new Map([
      [1e6, 1000],
      [5e6, 50],
    ]);
    const later = new Map([
      [1e6, 1100],
      [5e6, 50],
    ]);
    expect(toP99(later, before)).toBeCloseTo(0.99);
    expect(toP99(before, before)).toBeNull();
    expect(toP99(new Map([[1e6, 10]]), before)).toBeCloseTo(0.99);
  });
});
