/**
 * The planner of lists: from a source and a request to the statement of a page and to the shards
 * it touches. Pure.
 *
 * 1. A page is bounded by homes: one, some, or a range.
 * 2. Order is total: the asked fields, then the home unless all rows share it, then what makes a
 *    row unique there. So a page goes on after its last row, whatever the list is sorted by.
 * 3. Values are never part of the text of a statement.
 */
import type { PlacementMap } from "./placement.ts";
import {
  type Condition,
  HOME,
  merge,
  type OrderKey,
  type Position,
  type Scope,
  toAfter,
  toCondition,
  toRangesCondition,
  toScopeCondition,
} from "./query-conditions.ts";
import { type Field, type Key, toSelect } from "./query-fields.ts";
import type { Filter, ListRequest, Value } from "./query-request.ts";
import type { SqlValues } from "./sql.ts";

export interface Statement {
  readonly sql: string;
  readonly values: SqlValues;
}

/** Partners of a page's rows: one more statement, which names its homes. */
export interface Join {
  /** The name under which fields are `at` it, and its alias in SQL. */
  readonly name: string;
  readonly from: string;
  /** Home and key of a partner, and what a row has for them. */
  readonly keys: readonly [Key, Key];
  readonly by: readonly [Key, Key];
  readonly groupBy?: string;
  /** A row without a partner is left out. Otherwise only where a filter wants one. */
  readonly isInner?: true;
}

/** Where the rows of a list are; its main table has the alias t. */
export interface Source {
  readonly from: string;
  readonly fields: readonly Field[];
  /** What makes a row unique under its home. */
  readonly ties: readonly Key[];
  readonly where?: string;
  readonly groupBy?: string;
  /** Rows beside the main one: a FROM and the condition that ties them to it. */
  readonly exists?: string;
  readonly joins?: readonly Join[];
}

const toOrder = (
  { fields, ties }: Source,
  { sort }: ListRequest,
  hasOneHome: boolean,
): OrderKey[] => {
  const asked = sort.flatMap(({ name, isDescending }) =>
    fields.filter((field) => field.name === name).map((field) => ({ ...field, isDescending })),
  );
  const isDescending = asked.at(-1)?.isDescending ?? false;
  const rest = [...(hasOneHome ? [] : [HOME]), ...ties].map((key) => ({ ...key, isDescending }));
  const order = [...asked, ...rest].map(({ column, sql, kind, isDescending: down }) => ({
    column,
    sql,
    kind,
    isDescending: down,
  }));
  return order.filter(({ sql }, index) => order.findIndex((key) => key.sql === sql) === index);
};

export interface ListPlan {
  readonly order: readonly OrderKey[];
  /** Shown fields, in the order of the source. */
  readonly shown: readonly Field[];
  /** Up to `count` rows of these homes after a position. */
  toPage(scope: Scope, after: Position | undefined, count: number): Statement;
  /** The joins that the request needs, each with its statement for some rows. */
  readonly joins: readonly PlannedJoin[];
}

/** Home and key. */
export type Partner = readonly [bigint, Value];

export interface PlannedJoin extends Join {
  readonly fields: readonly Field[];
  readonly hasToFit: boolean;
  toStatement(partners: readonly Partner[]): Statement;
}

interface Planning {
  readonly source: Source;
  readonly shown: readonly Field[];
  conditionsAt(place: string): Condition[];
}

const planJoin = ({ shown, conditionsAt }: Planning, join: Join): PlannedJoin | undefined => {
  const fields = shown.filter(({ at }) => at === join.name);
  const conditions = conditionsAt(join.name);
  const hasToFit = join.isInner === true || conditions.length > 0;
  if (fields.length === 0 && !hasToFit) return undefined;
  const [home, key] = join.keys;
  const select = toSelect([home, key, ...fields]);
  return {
    ...join,
    fields,
    hasToFit,
    toStatement: (partners) => {
      // By pairs: two lists would have the database try every home with every key.
      const wanted = { sql: `(${home.sql}, ${key.sql}) IN (?)`, values: [partners] };
      const { sql, values } = merge([wanted, ...conditions]);
      const grouped = join.groupBy === undefined ? "" : ` GROUP BY ${join.groupBy}`;
      return { sql: `SELECT ${select} FROM ${join.from} WHERE ${sql}${grouped}`, values };
    },
  };
};

/**
 * The conditions of a filter, by place. What a keyspace id tells of a partner already thins out the
 * rows that it is looked up for; rows beside the main one have nothing else to tell it; of the main
 * one it is in the scope.
 */
const toConditions = (field: Field, filter: Filter, map: PlacementMap): [string, Condition][] => {
  const { at, ranges } = field;
  if (at === "main" || ranges === undefined) return [[at, toCondition(field, filter)]];
  const byHome = toRangesCondition(ranges, filter, map);
  if (at === "exists") return [["exists", byHome]];
  return [
    ["main", byHome],
    [at, toCondition(field, filter)],
  ];
};

export const needsPlacement = ({ fields }: Source, { filters }: ListRequest): boolean =>
  filters.some(({ name }) => fields.some((field) => field.name === name && field.ranges));

export interface PlanOptions {
  readonly map: PlacementMap;
  /** All rows have the same home, so that it is no part of their order. */
  readonly hasOneHome?: boolean;
}

export const planList = (
  source: Source,
  request: ListRequest,
  { map, hasOneHome = false }: PlanOptions,
): ListPlan => {
  const shown = source.fields.filter(
    ({ name, isShown }) => isShown && (request.shown?.has(name) ?? true),
  );
  const order = toOrder(source, request, hasOneHome);
  const conditions = request.filters.flatMap((filter) =>
    source.fields
      .filter(({ name }) => name === filter.name)
      .flatMap((field) => toConditions(field, filter, map)),
  );
  const conditionsAt = (wanted: string): Condition[] =>
    conditions.filter(([place]) => place === wanted).map(([, condition]) => condition);
  const planning = { source, shown, conditionsAt };
  const joins = (source.joins ?? []).flatMap((join) => planJoin(planning, join) ?? []);
  const main = shown.filter(({ at }) => at === "main");
  const select = toSelect([...order, ...main, ...joins.flatMap(({ by }) => by)]);
  const beside = conditionsAt("exists");
  const exists =
    beside.length === 0
      ? []
      : [merge([{ sql: `EXISTS (SELECT 1 FROM ${source.exists}`, values: [] }, ...beside])].map(
          ({ sql, values }) => ({ sql: `${sql})`, values }),
        );
  const where = source.where === undefined ? [] : [{ sql: source.where, values: [] }];
  const fixed = [...where, ...conditionsAt("main"), ...exists];
  const groupBy = source.groupBy === undefined ? "" : ` GROUP BY ${source.groupBy}`;
  const orderBy = order.map(({ sql, isDescending }) => (isDescending ? `${sql} DESC` : sql));
  return {
    order,
    shown,
    joins,
    toPage: (scope, after, count) => {
      const { sql, values } = merge([
        toScopeCondition(scope, order, after),
        ...fixed,
        ...(after === undefined ? [] : [toAfter(order, after)]),
      ]);
      return {
        sql: `SELECT ${select} FROM ${source.from} WHERE ${sql}${groupBy} ORDER BY ${orderBy.join(", ")} LIMIT ?`,
        values: [...values, count],
      };
    },
  };
};
