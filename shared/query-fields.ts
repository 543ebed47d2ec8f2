/**
 * What a list can be asked by and what its items show: fields by their public names, each with
 * where its value comes from. A list is asked in up to three places:
 *
 * 1. `main`, the statement that pages and sorts;
 * 2. `exists`, rows beside the main one, of which one has to fit;
 * 3. any other name is that of a join: a second statement for the partners of a page's rows.
 */
import type { PlacedTable } from "./placement.ts";
import type { ColumnKind, Table } from "./tables.ts";

/** A value of a row, under the name that a statement gives it. */
export interface Key {
  readonly column: string;
  readonly sql: string;
  readonly kind: ColumnKind;
}

/** Its value is known by a keyspace id: each value of a placing field owns a range of them. */
export interface Ranges {
  readonly of: PlacedTable;
  readonly sql: string;
}

export interface Field extends Key {
  readonly name: string;
  /** Longest text, in characters. */
  readonly max?: number;
  readonly at: string;
  readonly isShown: boolean;
  readonly ranges?: Ranges;
}

export interface FieldsOptions {
  readonly alias: string;
  readonly at?: string;
  readonly prefix?: string;
  readonly isShown?: boolean;
  /** Only these, by their names in the table. */
  readonly only?: readonly string[];
}

/** The public fields of a table. */
export const fieldsOf = (
  { columns }: Table,
  { alias, at = "main", prefix = "", isShown = true, only }: FieldsOptions,
): Field[] =>
  columns
    .filter(({ field, hidden }) => hidden !== true && (only?.includes(field) ?? true))
    .map(({ field, column, kind, max }) => ({
      name: `${prefix}${field}`,
      column,
      kind,
      ...(max === undefined ? {} : { max }),
      sql: `${alias}.${column}`,
      at,
      isShown,
    }));

/** The same fields, where those with this name are known by a keyspace id. */
export const withRanges = (fields: readonly Field[], name: string, ranges: Ranges): Field[] =>
  fields.map((field) => (field.name === name ? { ...field, ranges } : field));

/** A position in a list travels in its cursor, and a cursor in a URL. */
const LONGEST_SORTED = 255;

export const isSortable = ({ at, isShown, max = 0 }: Field): boolean =>
  at === "main" && isShown && max <= LONGEST_SORTED;

/** A select list; a value under its own column's name needs no other. */
export const toSelect = (keys: readonly Key[]): string => {
  const texts = keys.map(({ column, sql }) =>
    sql.endsWith(`.${column}`) ? sql : `${sql} AS ${column}`,
  );
  return [...new Set(texts)].join(", ");
};
