import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { granularities, parseDate, periodOf, toDate } from "#shared/rank-period.ts";

const LAST = Date.UTC(2200, 0);
const anyTime = fc.integer({ min: 0, max: LAST });
const anyGranularity = fc.constantFrom(...granularities);

describe("periods", () => {
  it("hold the time they are asked for, and each of their times gives the same one", () => {
    fc.assert(
      fc.property(anyGranularity, anyTime, fc.nat(1_000_000), (granularity, time, share) => {
        const period = periodOf(granularity, time);
        expect(period.start <= time && time < period.end).toBe(true);
        const other = period.start + Math.floor(((period.end - period.start - 1) * share) / 1e6);
        expect(periodOf(granularity, other)).toEqual(period);
        expect(periodOf(granularity, period.end - 1)).toEqual(period);
      }),
    );
  });

  it("follow each other without gap or overlap", () => {
    fc.assert(
      fc.property(anyGranularity, anyTime, (granularity, time) => {
        const { start, end } = periodOf(granularity, time);
        expect(periodOf(granularity, end).start).toBe(end);
        if (start > 0) expect(periodOf(granularity, start - 1).end).toBe(start);
      }),
    );
  });

  it("begin at midnight in UTC: a week on a Monday, a month on its 1st", () => {
    fc.assert(
      fc.property(anyGranularity, anyTime, (granularity, time) => {
        const date = new Date(periodOf(granularity, time).start);
        expect(date.toISOString().slice(10)).toBe("T00:00:00.000Z");
        if (granularity === "weekly" && date.getTime() > 0) expect(date.getUTCDay()).toBe(1);
        if (granularity === "monthly") expect(date.getUTCDate()).toBe(1);
      }),
    );
  });

  it.each([
    { granularity: "daily", date: "2016-02-29", from: "2016-02-29", to: "2016-02-29" },
    { granularity: "weekly", date: "2015-05-03", from: "2015-04-27", to: "2015-05-03" },
    { granularity: "weekly", date: "2015-05-04", from: "2015-05-04", to: "2015-05-10" },
    { granularity: "weekly", date: "2021-01-01", from: "2020-12-28", to: "2021-01-03" },
    { granularity: "weekly", date: "1970-01-01", from: "1970-01-01", to: "1970-01-04" },
    { granularity: "monthly", date: "2016-02-10", from: "2016-02-01", to: "2016-02-29" },
    { granularity: "monthly", date: "2015-12-31", from: "2015-12-01", to: "2015-12-31" },
  ] as const)("$granularity at $date last from $from to $to", ({ granularity, date, from, to }) => {
    const { start, end } = periodOf(granularity, parseDate(date));
    expect([start, end - 1].map(toDate)).toEqual([from, to]);
  });
});

describe("a date", () => {
  it("is read as it is written", () => {
    fc.assert(
      fc.property(anyTime, (time) => {
        const day = periodOf("daily", time).start;
        expect(parseDate(toDate(time))).toBe(day);
      }),
    );
  });

  it.each([
    "2015-02-29",
    "2015-02-31",
    "2015-13-01",
    "2015-1-1",
    "1969-12-31",
    "today",
    "",
    "2015-05-01T00:00Z",
  ])("is not %j", (text) => {
    expect(() => parseDate(text)).toThrow("not a day such as");
  });
});
