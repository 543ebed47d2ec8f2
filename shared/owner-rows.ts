/** Statements on users and articles with their directory entries, and rows in the form of SQL. Pure. */
import { type Cell, columnsOf, rowChecksum, rowChecksumSql, toHex } from "./checksum.ts";
import { type DirectoryName, directories } from "./directory.ts";
import { toSelectList } from "./query-rows.ts";
import type { RowFields } from "./row-schema.ts";
import type { Row } from "./sql.ts";
import { type Table, tables } from "./tables.ts";

export interface OwnerStatements {
  readonly enter: string;
  readonly entry: string;
  readonly moveEntry: string;
  readonly dropEntry: string;
  readonly insert: string;
  readonly read: string;
  readonly drop: string;
}

export const toOwnerStatements = (name: DirectoryName): OwnerStatements => {
  const { table: directory, key } = directories[name];
  const table = tables[name];
  const columns = columnsOf(table);
  const where = `home = ? AND ${key} = ?`;
  return {
    enter: `INSERT INTO ${directory} (slot, ${key}, home) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE ${key} = ${key}`,
    entry: `SELECT home FROM ${directory} WHERE slot = ? AND ${key} = ? FOR UPDATE`,
    moveEntry: `UPDATE ${directory} SET home = ? WHERE slot = ? AND ${key} = ?`,
    dropEntry: `DELETE FROM ${directory} WHERE slot = ? AND ${key} = ?`,
    insert: `INSERT INTO ${table.table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
    read: `SELECT ${toSelectList(table, "t")} FROM ${table.table} t WHERE t.home = ? AND t.${key} = ?`,
    drop: `DELETE FROM ${table.table} WHERE ${where}`,
  };
};

/** `fields`: all but the hidden ones. */
export const toRow = ({ columns }: Table, fields: RowFields, home: bigint): Row =>
  Object.fromEntries(
    columns.map(({ field, column, kind }) => [
      column,
      kind === "home" ? home.toString() : fields[field],
    ]),
  );

/** A digest of the whole row, as `toUpdate` compares it. */
export const toSum = (table: Table, row: Row): string =>
  toHex(rowChecksum(table.columns.map(({ column }) => row[column] as Cell)));

/** The columns that these fields change. */
export const toColumns = ({ columns }: Table, changes: RowFields): Row =>
  Object.fromEntries(
    columns
      .filter(({ field }) => changes[field] !== undefined)
      .map(({ field, column }) => [column, changes[field]]),
  );

/** `isGuarded`: only while the row has the digest that the last value tells. */
export const toUpdate = (
  name: DirectoryName,
  columns: readonly string[],
  isGuarded: boolean,
): string => {
  const table = tables[name];
  const set = columns.map((column) => `${column} = ?`).join(", ");
  const guard = isGuarded ? ` AND ${rowChecksumSql(columnsOf(table))} = ?` : "";
  return `UPDATE ${table.table} SET ${set} WHERE home = ? AND ${directories[name].key} = ?${guard}`;
};
