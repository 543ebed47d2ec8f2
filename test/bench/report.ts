/** What a run of the bench found: as a table for people, as JSON for the record. Pure. */
import type { DirectSeconds } from "./direct-load.ts";
import type { Summary } from "./measure.ts";
import { median } from "./measure.ts";
import type { QueryResult } from "./query-time.ts";
import type { LoadSeconds } from "./system-load.ts";

export interface Rows {
  readonly users: number;
  readonly articles: number;
  readonly reads: number;
}

export interface LoadRound {
  readonly system: LoadSeconds;
  readonly direct: DirectSeconds;
}

export interface Goal {
  readonly name: string;
  readonly wanted: string;
  readonly found: number;
  readonly isMet: boolean;
}

export interface Findings {
  readonly rows: Rows;
  readonly load: readonly LoadRound[];
  readonly queries: readonly QueryResult[];
}

export interface LoadSummary {
  /** Rows a second of users, articles and reads; medians of the rounds. */
  readonly directRate: number;
  readonly insertRate: number;
  readonly wholeRate: number;
  /** Inserting alone, article_read's rows with it, beside MySQL inserting these and be_read's. */
  readonly insertRatio: number;
  /** The whole operation, beside MySQL inserting the same rows and the derived ones. */
  readonly wholeRatio: number;
}

const toHundredths = (value: number): number => Math.round(value * 100) / 100;

export const summarizeLoad = ({ rows, load }: Findings): LoadSummary => {
  const count = rows.users + rows.articles + rows.reads;
  const rate = (secondsOf: (round: LoadRound) => number): number =>
    Math.round(count / median(load.map(secondsOf)));
  const ratio = (of: (round: LoadRound) => number): number => toHundredths(median(load.map(of)));
  return {
    directRate: rate(({ direct }) => direct.loaded),
    insertRate: rate(({ system }) => system.load),
    wholeRate: rate(({ system }) => system.total),
    insertRatio: ratio(({ system, direct }) => direct.all / system.load),
    wholeRatio: ratio(({ system, direct }) => direct.all / system.total),
  };
};

const wayOf = ({ ways }: QueryResult, name: string): Summary => {
  const summary = ways[name];
  if (summary === undefined) throw new Error(`${name} was not measured`);
  return summary;
};

export const atLeast = (limit: number, name: string, found: number): Goal => ({
  name,
  wanted: `≥ ${limit}`,
  found,
  isMet: found >= limit,
});

export const atMost = (limit: number, name: string, found: number): Goal => ({
  name,
  wanted: `≤ ${limit}`,
  found,
  isMet: found <= limit,
});

export const judge = (findings: Findings): Goal[] => {
  const { insertRatio, wholeRatio } = summarizeLoad(findings);
  const [point, ...lists] = findings.queries;
  if (point === undefined) throw new Error("no query was measured");
  const over = toHundredths(wayOf(point, "function").median - wayOf(point, "vtgate").median);
  return [
    atLeast(0.5, "load, inserting, of MySQL", insertRatio),
    atLeast(0.5, "load, whole operation, of MySQL", wholeRatio),
    atMost(2, "point query over vtgate's, ms", over),
    ...lists.map((list) => atMost(100, `${list.name}, ms`, wayOf(list, "function").median)),
  ];
};

export const toTable = (lines: readonly (readonly string[])[]): string => {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  const pad = (cell: string, column: number): string =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return lines.map((line) => line.map(pad).join("  ").trimEnd()).join("\n");
};

const ms = (value: number): string => value.toFixed(2);
const times = (one: number, other: number): string => `${(one / other).toFixed(2)}×`;

const queryLines = (query: QueryResult): string[][] => {
  const mysql = wayOf(query, "MySQL").median;
  const vtgate = wayOf(query, "vtgate").median;
  return Object.entries(query.ways).map(([name, { min, median: middle, p99 }]) => [
    `${query.name}: ${name}`,
    ms(min),
    ms(middle),
    ms(p99),
    times(middle, mysql),
    times(middle, vtgate),
  ]);
};

const perSecond = (rate: number): string => `${rate.toLocaleString("en")}/s`;

export const toText = (findings: Findings): string => {
  const { directRate, insertRate, wholeRate, insertRatio, wholeRatio } = summarizeLoad(findings);
  const { users, articles, reads } = findings.rows;
  const load = [
    [`${users + articles + reads} rows, median of ${findings.load.length}`, "rows", "of MySQL"],
    ["straight into MySQL", perSecond(directRate), "1.00"],
    ["tagenal load, inserting", perSecond(insertRate), insertRatio.toFixed(2)],
    ["tagenal load, whole operation", perSecond(wholeRate), wholeRatio.toFixed(2)],
  ];
  const queries = [
    ["ms", "min", "median", "p99", "MySQL", "vtgate"],
    ...findings.queries.flatMap(queryLines),
  ];
  const goals = judge(findings).map(({ name, wanted, found, isMet }) => [
    name,
    wanted,
    String(found),
    isMet ? "met" : "not met",
  ]);
  return [load, queries, [["goal", "wanted", "found", ""], ...goals]].map(toTable).join("\n\n");
};
