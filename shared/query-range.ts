/**
 * Lists of users or articles in the order of (home, key): all of them, or those of one region or
 * category. Bounds on `home` are always a BETWEEN, the only comparison by which vtgate leaves out
 * the shards that hold nothing of the list.
 */
import { z } from "zod";
import { isPlaced, type PlacementMap, placingField, rangeOf } from "./placement.ts";
import { Problem } from "./problem.ts";
import { homeText, LAST_HOME, parseCursor, toCursor, wholeNumber } from "./query-cursor.ts";
import { readPage } from "./query-page.ts";
import { parseLimit } from "./query-params.ts";
import { createToItem, rowsPerStatement, toSelectList } from "./query-rows.ts";
import type { Row, Sql, SqlValues } from "./sql.ts";
import type { Table } from "./tables.ts";

export interface Bounds {
  readonly low: bigint;
  readonly high: bigint;
}

/** Where a page ended: home and key of its last row. */
export type Position = readonly [home: string, key: number];

export interface Statement {
  readonly sql: string;
  readonly values: SqlValues;
}

/** The column and value that the whole list shares, if it is a part. */
export interface Part {
  readonly column: string;
  readonly value: string;
}

export interface RangeQuery {
  readonly table: Table;
  readonly bounds: Bounds;
  readonly part: Part | undefined;
  readonly after: Position | undefined;
  readonly count: number;
}

const larger = (one: bigint, other: bigint): bigint => (one > other ? one : other);

export const toRangeStatement = ({ table, bounds, part, after, count }: RangeQuery): Statement => {
  const { table: name, key } = table;
  const from = after === undefined ? bounds.low : larger(bounds.low, BigInt(after[0]));
  const conditions = ["t.home BETWEEN ? AND ?"];
  const values: (bigint | string | number)[] = [from, bounds.high];
  if (after !== undefined) {
    conditions.push(`(t.home > ? OR t.${key} > ?)`);
    values.push(BigInt(after[0]), after[1]);
  }
  if (part !== undefined) {
    conditions.push(`t.${part.column} = ?`);
    values.push(part.value);
  }
  return {
    sql: `SELECT ${toSelectList(table, "t")} FROM ${name} t WHERE ${conditions.join(" AND ")} ORDER BY t.home, t.${key} LIMIT ?`,
    values: [...values, count],
  };
};

const everything: Bounds = { low: 0n, high: LAST_HOME };

export type PlacedList = "users" | "articles";

/** Throws a Problem that lists the known values of the region or category. */
const toBounds = (map: PlacementMap, list: PlacedList, value: string): Bounds => {
  if (isPlaced(map, list, value)) return rangeOf(map, list, value);
  const field = placingField[list];
  const known = Object.keys(map[list]).join(", ");
  throw new Problem("invalid-request", `unknown ${field}; known: ${known}`, { field });
};

export interface ListRequest {
  readonly list: PlacedList;
  readonly table: Table;
  /** Region or category; undefined for everything. */
  readonly value: string | undefined;
  readonly limit: string | undefined;
  readonly cursor: string | undefined;
}

export interface ListDeps {
  readonly tagenal: Pick<Sql, "query">;
  readonly placement: () => Promise<PlacementMap>;
}

const position = z.tuple([homeText, wholeNumber]);

/** The JSON of {items, next}. */
export const listRange = async (
  { tagenal, placement }: ListDeps,
  { list, table, value, limit, cursor }: ListRequest,
): Promise<string> => {
  const column = placingField[list];
  const name = value === undefined ? list : `${list}?${column}=${value}`;
  const after = parseCursor(cursor, name, position);
  const part = value === undefined ? undefined : { column, value };
  const bounds = value === undefined ? everything : toBounds(await placement(), list, value);
  const toItem = createToItem(table);
  return readPage<Row, Position>({
    limit: parseLimit(limit),
    batch: rowsPerStatement(table),
    after,
    fetch: async (from, count) => {
      const { sql, values } = toRangeStatement({ table, bounds, part, after: from, count });
      return tagenal.query(sql, values);
    },
    positionOf: (row) => [String(row["home"]), Number(row[table.key])],
    toItems: (rows) => rows.map(toItem),
    toNext: (last) => toCursor(name, last),
  });
};
