/** What larger and larger loads did, as a table. Pure. */
import type { Steady } from "./readers-load.ts";
import { atLeast, atMost, type Goal, toTable } from "./report.ts";
import type { LoadSeconds } from "./system-load.ts";

export interface LoadFinding {
  readonly reads: number;
  /** Of the input. */
  readonly bytes: number;
  readonly seconds: LoadSeconds;
  /** Without a load, and with it; undefined where nobody read. */
  readonly readers?: { readonly atRest: Steady; readonly meanwhile: Steady };
  /** MiB of each function that ran, at most: in the first quarter of the load and after it. */
  readonly memory: readonly {
    readonly name: string;
    readonly early: number;
    readonly later: number;
  }[];
}

/** Rows of each table in one load, and how long it took. */
export interface PublishedLoad {
  readonly users: number;
  readonly articles: number;
  readonly reads: number;
  readonly seconds: LoadSeconds;
}

const rateOf = ({ reads, seconds }: LoadFinding): number => Math.round(reads / seconds.total);
const toHundredths = (value: number): number => Math.round(value * 100) / 100;
const growthOf = ({ memory }: LoadFinding): number =>
  Math.max(0, ...memory.map(({ early, later }) => later - early));

export const judgeLoads = (findings: readonly LoadFinding[]): Goal[] => {
  const [first] = findings;
  const last = findings.at(-1);
  if (first === undefined || last === undefined) return [];
  const goals = [
    atLeast(0.9, "rate of the last, of the first", toHundredths(rateOf(last) / rateOf(first))),
    atMost(64, "most that a function grew in the last, MiB", growthOf(last)),
  ];
  if (last.readers === undefined) return goals;
  const { atRest, meanwhile } = last.readers;
  const errors = findings.map(({ readers }) => readers?.meanwhile.errors ?? 0);
  return [
    ...goals,
    atMost(
      2,
      "readers' p99 in the last, of that at rest",
      toHundredths(meanwhile.p99 / atRest.p99),
    ),
    atMost(0, "readers' errors", Math.max(...errors)),
  ];
};

export const toLoadsText = (findings: readonly LoadFinding[]): string => {
  const ofReaders = ({ readers }: LoadFinding): string[] =>
    readers === undefined
      ? ["", "", ""]
      : [
          ...[readers.atRest.p99, readers.meanwhile.p99].map((value) => value.toFixed(1)),
          String(readers.meanwhile.errors),
        ];
  const sizes = [
    [
      "reads",
      "MB",
      "seconds",
      "reads/s",
      "MB/s",
      "p99 at rest, ms",
      "meanwhile",
      "errors",
      "grew, MiB",
    ],
    ...findings.map((one) => [
      ...[
        one.reads.toLocaleString("en"),
        (one.bytes / 1e6).toFixed(0),
        one.seconds.total.toFixed(1),
      ],
      ...[rateOf(one).toLocaleString("en"), (one.bytes / 1e6 / one.seconds.total).toFixed(1)],
      ...ofReaders(one),
      String(growthOf(one)),
    ]),
  ];
  const goals = judgeLoads(findings).map(({ name, wanted, found, isMet }) => [
    ...[name, wanted, String(found), isMet ? "met" : "not met"],
  ]);
  return [sizes, [["goal", "wanted", "found", ""], ...goals]].map(toTable).join("\n\n");
};
