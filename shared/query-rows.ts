/**
 * The public form of the rows in tables.ts: which columns a query selects, and what of them an
 * item of the API shows (fields by their public names, without the hidden ones).
 */
import type { Row } from "./sql.ts";
import type { Table } from "./tables.ts";

/** A select list; keyspace ids are part of it, cursors and joins need them. */
export const toSelectList = ({ columns }: Table, alias: string): string =>
  columns.map(({ column }) => `${alias}.${column}`).join(", ");

export type Item = Record<string, unknown>;

/** `shown`: only fields with these names. */
export type ToItem = (row: Row, shown?: ReadonlySet<string>) => Item;

export const createToItem = ({ columns }: Table): ToItem => {
  const all = columns
    .filter(({ hidden }) => hidden !== true)
    .map(({ field, column }) => [field, column] as const);
  return (row, shown) => {
    const item: Item = {};
    const wanted = shown === undefined ? all : all.filter(([field]) => shown.has(field));
    for (const [field, column] of wanted) item[field] = row[column];
    return item;
  };
};

/** Just below vtgate's 16 MiB a message: 4,000 users are still one. */
export const LARGEST_MESSAGE = 15.5 * 2 ** 20;
const BYTES_OF_A_CHARACTER = 4;
const BYTES_OF_A_NUMBER = 20;
/** A value's length in the message, and a row's share of what is around its values. */
const BYTES_AROUND_A_VALUE = 3;

/** How many rows one statement may ask for, even if every text were as long as it may be. */
export const rowsPerStatement = (columns: readonly { readonly max?: number }[]): number => {
  const sizes = columns.map(({ max }) =>
    max === undefined ? BYTES_OF_A_NUMBER : max * BYTES_OF_A_CHARACTER,
  );
  const row = sizes.reduce((sum, size) => sum + size + BYTES_AROUND_A_VALUE, 0);
  return Math.floor(LARGEST_MESSAGE / row);
};
