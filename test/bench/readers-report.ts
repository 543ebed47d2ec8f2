/** What the bench of the readers' API found: as a table for people, as goals for the record. Pure. */
import type { Summary } from "./measure.ts";
import type { Saturation, Steady } from "./readers-load.ts";
import { atLeast, atMost, type Goal, toTable } from "./report.ts";

type Ways = Readonly<Record<string, Summary>>;

export interface Found {
  readonly times: { readonly point: Ways; readonly many: Ways; readonly beRead: Ways };
  /** Of an answer that is kept, and of a handler that answers a constant. */
  readonly kept: readonly Saturation[];
  readonly constant: readonly Saturation[];
  readonly steady: Steady;
}

const medianOf = (ways: Ways, name: string): number => {
  const summary = ways[name];
  if (summary === undefined) throw new Error(`${name} was not measured`);
  return summary.median;
};

const ratio = (ways: Ways, name: string, beside: string): number =>
  Math.round((100 * medianOf(ways, name)) / medianOf(ways, beside)) / 100;

const best = (all: readonly Saturation[]): number =>
  Math.max(...all.map(({ perCoreSecond }) => perCoreSecond));

export const judgeReaders = ({ times, kept, constant, steady }: Found): Goal[] => [
  atMost(1.5, "point read, of vtgate", ratio(times.point, "function", "vtgate")),
  atMost(0.5, "cached point read, of an uncached one", ratio(times.point, "cached", "function")),
  atMost(1.5, "4,000 rows, of MySQL and JSON", ratio(times.many, "function", "MySQL and JSON")),
  atLeast(
    0.7,
    "cached point reads/s on a core, of a bare handler's",
    Math.round((100 * best(kept)) / best(constant)) / 100,
  ),
  atMost(
    5,
    "top five of a stored day, of a cached point read",
    ratio(times.point, "top five, cached", "cached"),
  ),
  atMost(
    1.2,
    "readers of an article with 100,000, of one with 10",
    ratio(times.beRead, "of 100,000 readers", "of 10 readers"),
  ),
  atMost(0, "errors at 70 % of saturation", steady.errors),
];

const ms = (value: number): string => value.toFixed(2);

export const toReadersText = (found: Found): string => {
  const { times, kept, constant, steady } = found;
  const lines = Object.entries({ ...times }).flatMap(([name, ways]) =>
    Object.entries(ways).map(([way, { min, median, p99 }]) => [
      `${name}: ${way}`,
      ...[min, median, p99].map(ms),
    ]),
  );
  const rates = [
    ["cached point read", ...kept.map((one) => `${one.perSecond} (${one.perCoreSecond})`)],
    ["bare handler", ...constant.map((one) => `${one.perSecond} (${one.perCoreSecond})`)],
  ];
  const share = [
    [`${steady.perSecond}/s for ${steady.seconds} s`, "p50", "p99", "errors"],
    ["", ms(steady.median), ms(steady.p99), String(steady.errors)],
  ];
  const goals = judgeReaders(found).map((goal) => [
    goal.name,
    goal.wanted,
    String(goal.found),
    goal.isMet ? "met" : "not met",
  ]);
  return [
    toTable([["ms", "min", "median", "p99"], ...lines]),
    toTable([["requests/s (per second of its core)", "first", "second"], ...rates]),
    toTable(share),
    toTable([["goal", "wanted", "found", ""], ...goals]),
  ].join("\n\n");
};
