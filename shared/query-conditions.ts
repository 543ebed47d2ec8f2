/**
 * The conditions of a list's statements: where its rows can be, what they have to fit, and what
 * follows a position. Pure; values stay apart from the text.
 *
 * Bounds on homes are `=`, `IN` or `BETWEEN`, the only comparisons by which vtgate leaves out the
 * shards that hold nothing of the list.
 */
import {
  isPlaced,
  type PlacedTable,
  type PlacementMap,
  placingField,
  rangeOf,
} from "./placement.ts";
import { LAST_HOME } from "./query-cursor.ts";
import type { Field, Key, Ranges } from "./query-fields.ts";
import { refuse } from "./query-params.ts";
import { type Filter, operators, type Value } from "./query-request.ts";
import type { SqlValue, SqlValues } from "./sql.ts";

/** Keyspace ids from one to another, both included. */
export interface Bounds {
  readonly low: bigint;
  readonly high: bigint;
}

/** The homes that rows may have. */
export type Scope = Bounds | { readonly homes: readonly bigint[] };

export const EVERYTHING: Scope = { low: 0n, high: LAST_HOME };
const larger = (one: bigint, other: bigint): bigint => (one > other ? one : other);
const smaller = (one: bigint, other: bigint): bigint => (one < other ? one : other);

export const HOME: Key = { column: "home", sql: "t.home", kind: "home" };

export interface OrderKey extends Key {
  readonly isDescending: boolean;
}

/** The values of the order's keys in a row. */
export type Position = readonly Value[];

export interface Condition {
  readonly sql: string;
  readonly values: SqlValues;
}

const toSqlValue = ({ kind }: Key, value: Value | undefined): SqlValue =>
  kind === "home" ? BigInt(value ?? 0) : (value ?? 0);

/** What comes after a position: further by the first key, or equal there and further by the rest. */
export const toAfter = (order: readonly OrderKey[], position: Position): Condition => {
  const [key, ...keys] = order;
  if (key === undefined) return { sql: "FALSE", values: [] };
  const value = toSqlValue(key, position[0]);
  const further = `${key.sql} ${key.isDescending ? "<" : ">"} ?`;
  if (keys.length === 0) return { sql: further, values: [value] };
  const { sql, values } = toAfter(keys, position.slice(1));
  return { sql: `(${further} OR ${key.sql} = ? AND ${sql})`, values: [value, value, ...values] };
};

/** The values of a placing field that fit the filter. Throws a Problem that lists the known ones. */
const findValues = (map: PlacementMap, of: PlacedTable, filter: Filter): string[] => {
  const known = Object.keys(map[of]);
  const { name, operator, values } = filter;
  const texts = values.map(String);
  if (operator === "eq" || operator === "in") {
    const isUnknown = texts.some((text) => !isPlaced(map, of, text));
    if (isUnknown) throw refuse(name, `unknown ${placingField[of]}; known: ${known.join(", ")}`);
    return texts;
  }
  const [bound = ""] = texts;
  const fits = {
    gte: (value: string) => value >= bound,
    gt: (value: string) => value > bound,
    lte: (value: string) => value <= bound,
    lt: (value: string) => value < bound,
  }[operator];
  return known.filter(fits);
};

const toRanges = (map: PlacementMap, of: PlacedTable, filter: Filter) =>
  findValues(map, of, filter).map((value) => rangeOf(map, of, value));

/** Of a value that a keyspace id tells. */
export const toRangesCondition = (
  { of, sql }: Ranges,
  filter: Filter,
  map: PlacementMap,
): Condition => {
  const ranges = toRanges(map, of, filter);
  if (ranges.length === 0) return { sql: "FALSE", values: [] };
  const text = ranges.map(() => `${sql} BETWEEN ? AND ?`).join(" OR ");
  const values = ranges.flatMap(({ low, high }) => [low, high]);
  return { sql: ranges.length === 1 ? text : `(${text})`, values };
};

export const toCondition = ({ sql }: Field, { operator, values }: Filter): Condition =>
  operator === "in"
    ? { sql: `${sql} IN (?)`, values: [values] }
    : { sql: `${sql} ${operators[operator]} ?`, values: [values[0] ?? ""] };

/** Where rows can be by the filters on the field that places them; undefined: nowhere. */
export const toRangeScope = (
  fields: readonly Field[],
  filters: readonly Filter[],
  map: PlacementMap,
): Scope | undefined => {
  let { low, high } = { low: 0n, high: LAST_HOME };
  for (const filter of filters) {
    const ranges = fields.find(({ name }) => name === filter.name)?.ranges;
    if (ranges?.sql !== HOME.sql) continue;
    const [first, ...more] = toRanges(map, ranges.of, filter);
    if (first === undefined) return undefined;
    low = larger(low, more.map((range) => range.low).reduce(smaller, first.low));
    high = smaller(high, more.map((range) => range.high).reduce(larger, first.high));
  }
  return low > high ? undefined : { low, high };
};

export const toScopeCondition = (
  scope: Scope,
  order: readonly OrderKey[],
  after?: Position,
): Condition => {
  if ("homes" in scope) {
    const [home, ...more] = scope.homes;
    if (more.length === 0) return { sql: "t.home = ?", values: [home ?? 0n] };
    return { sql: "t.home IN (?)", values: [scope.homes] };
  }
  const { low, high } = scope;
  const [first] = order;
  const sql = "t.home BETWEEN ? AND ?";
  if (after === undefined || first?.sql !== HOME.sql) return { sql, values: [low, high] };
  // What lies before the position cannot follow it: later pages leave earlier shards out.
  const home = BigInt(after[0] ?? 0);
  return first.isDescending
    ? { sql, values: [low, smaller(home, high)] }
    : { sql, values: [larger(home, low), high] };
};

export const merge = (conditions: readonly Condition[]): Condition => ({
  sql: conditions.map(({ sql }) => sql).join(" AND "),
  values: conditions.flatMap(({ values }) => values),
});
