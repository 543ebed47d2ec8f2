/**
 * Turns a record as people write it into a canonical row, or says what is wrong with it.
 *
 * 1. A record names its fields in camelCase or snake_case; its values are texts or numbers. A field
 *    that the table does not have is a fault, because it would be lost.
 * 2. A row has one cell a column, in the order of the table. Keyspace ids are left empty: placement
 *    fills them in. A missing id is left empty, too.
 * 3. Written by hand rather than with a schema library: a load spends most of its time here.
 */
import type { Cell } from "./checksum.ts";
import type { Column, Table } from "./tables.ts";

export interface Fault {
  readonly field: string;
  readonly reason: string;
}

export type Row = Cell[];
export type ParseRow = (record: unknown) => Row | Fault;

export const isFault = (result: Row | Fault): result is Fault => !Array.isArray(result);

/** Times below are seconds: as milliseconds they would be in the first three years of 1970. */
const SECONDS_BELOW = 1e11;
const LONGEST_INTEGER = 16;

/** A cell, or the reason why not. Reasons are objects so that no text can be mistaken for one. */
type ParseCell = (value: unknown) => Cell | { readonly reason: string };

const describe = (value: unknown): string => {
  const text = typeof value === "string" ? JSON.stringify(value) : typeof value;
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
};

const toInteger = (value: unknown): number | undefined => {
  if (typeof value === "number")
    return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  if (typeof value !== "string" || value.length > LONGEST_INTEGER || !/^\d+$/.test(value))
    return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
};

const notInteger = (value: unknown) => ({
  reason: `not a whole number from 0 to 2^53 - 1: ${describe(value)}`,
});

const parseInteger: ParseCell = (value) => toInteger(value) ?? notInteger(value);

const parseTime: ParseCell = (value) => {
  const time = toInteger(value);
  if (time === undefined) return notInteger(value);
  return time < SECONDS_BELOW ? time * 1000 : time;
};

const parseFlag: ParseCell = (value) => {
  if (value === "1" || value === 1 || value === true) return 1;
  if (value === "0" || value === 0 || value === false) return 0;
  return { reason: `neither 0 nor 1: ${describe(value)}` };
};

const isTooLong = (text: string, max: number): boolean =>
  // A text has at most as many characters as UTF-16 units; only long ones have to be counted.
  text.length > max && (text.length > 2 * max || [...text].length > max);

const createParseText =
  (max: number): ParseCell =>
  (value) => {
    const text = typeof value === "number" ? String(value) : value;
    if (typeof text !== "string") return { reason: `not a text: ${describe(value)}` };
    if (isTooLong(text, max)) return { reason: `longer than ${max} characters` };
    // Half a surrogate pair has no UTF-8: it would come back as another character.
    return text.isWellFormed() ? text : { reason: "not well-formed Unicode" };
  };

/** Ids are compared by the database without regard to trailing spaces, and stored as ASCII. */
const createParseId =
  (max: number): ParseCell =>
  (value) => {
    const text = typeof value === "number" ? String(value) : value;
    if (typeof text === "string" && text.length <= max && /^[!-~]+$/.test(text)) return text;
    return { reason: `not 1 to ${max} ASCII characters without spaces: ${describe(value)}` };
  };

const toParseCell = ({ column, kind, max = 0 }: Column): ParseCell => {
  switch (kind) {
    case "integer":
      return parseInteger;
    case "time":
      return parseTime;
    case "flag":
      return parseFlag;
    case "text":
      return column === "id" ? createParseId(max) : createParseText(max);
    case "home":
      return () => "";
  }
};

interface Reader {
  readonly field: string;
  readonly column: string;
  readonly isHidden: boolean;
  readonly missing: string | undefined;
  readonly parse: ParseCell;
}

const toReader = (column: Column): Reader => ({
  field: column.field,
  column: column.column,
  isHidden: column.hidden === true,
  missing: column.hidden === true || column.column === "id" ? "" : column.missing,
  parse: toParseCell(column),
});

const findUnknown = (readers: readonly Reader[], record: object): Fault => {
  const known = readers.filter(({ isHidden }) => !isHidden);
  const names = new Set(known.flatMap(({ field, column }) => [field, column]));
  const unknown = Object.keys(record).find((name) => !names.has(name));
  if (unknown !== undefined) return { field: unknown.slice(0, 60), reason: "unknown field" };
  const twice = known.find(
    ({ field, column }) => field !== column && field in record && column in record,
  );
  return { field: twice?.column ?? "", reason: "given twice" };
};

type Values = Readonly<Record<string, unknown>>;

/** The name a record has for a field. Own names only: every object has a `constructor`. */
const nameIn = (record: Values, { field, column }: Reader): string | undefined => {
  if (Object.hasOwn(record, field)) return field;
  return column !== field && Object.hasOwn(record, column) ? column : undefined;
};

const parseRecord = (readers: readonly Reader[], record: Values): Row | Fault => {
  const row: Row = [];
  let found = 0;
  for (const reader of readers) {
    const name = reader.isHidden ? undefined : nameIn(record, reader);
    if (name !== undefined) found += 1;
    const value = name === undefined ? null : (record[name] ?? null);
    const cell = value === null ? reader.missing : reader.parse(value);
    if (cell === undefined) return { field: reader.field, reason: "missing" };
    if (typeof cell === "object") return { field: reader.field, reason: cell.reason };
    row.push(cell);
  }
  return found === Object.keys(record).length ? row : findUnknown(readers, record);
};

export const createRowParser = (table: Table): ParseRow => {
  const readers = table.columns.map(toReader);
  return (record) =>
    typeof record === "object" && record !== null && !Array.isArray(record)
      ? parseRecord(readers, record as Values)
      : { field: "", reason: "not a JSON object" };
};
