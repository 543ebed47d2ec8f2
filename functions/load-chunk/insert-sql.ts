/** Statements that put rows of a chunk into a table; doing one twice changes nothing. Pure. */
import { columnsOf, rowChecksumSql } from "#shared/checksum.ts";
import { type DirectoryName, directories } from "#shared/directory.ts";
import {
  articleReadColumns,
  insertJson,
  type JsonColumn,
  toJsonColumns,
} from "#shared/insert-json.ts";
import { slot } from "#shared/placement.ts";
import type { Row } from "#shared/row-parser.ts";
import { toLiteral } from "#shared/sql.ts";
import { type LoadableName, type Table, tables } from "#shared/tables.ts";

const HOME = 0;

/** Cells come from an object, so a number is checked before it stands in a statement unquoted. */
const toNumber = (cell: string | number | undefined): string => {
  const text = String(cell);
  if (!/^\d+$/.test(text)) throw new Error(`not a number in a chunk: ${text.slice(0, 40)}`);
  return text;
};

const toText = (cell: string | number | undefined): string => toLiteral(String(cell));

const createToValues = ({ columns }: Table): ((row: Row, serial: number) => string) => {
  const writers = columns.map(({ kind }) => (kind === "text" ? toText : toNumber));
  return (row, serial) => {
    let text = "(";
    for (const [index, write] of writers.entries()) text += `${write(row[index])},`;
    return `${text}${serial})`;
  };
};

const toValues: Readonly<Record<LoadableName, (row: Row, serial: number) => string>> = {
  users: createToValues(tables.users),
  articles: createToValues(tables.articles),
  reads: createToValues(tables.reads),
};

/** vtgate refuses to set a vindex column, even to itself; the key will do. */
const harmless = (column: string): string => ` on duplicate key update ${column} = ${column}`;

const insertValues = (name: LoadableName, rows: readonly Row[], serial: number): string => {
  const values = rows.map((row) => toValues[name](row, serial)).join(",");
  const columns = columnsOf(tables[name]).join(", ");
  return `insert into \`${tables[name].table}\` (${columns}, load_id) values ${values}`;
};

/** For vtgate, which sends each row to its shard. */
export const insertRows = (name: LoadableName, rows: readonly Row[], serial: number): string =>
  insertValues(name, rows, serial) + harmless(tables[name].key);

/** Replaces what is there under the same keys, for vtgate and for a session on one shard alike. */
export const replaceRows = (name: LoadableName, rows: readonly Row[], serial: number): string => {
  const { columns, primaryKey } = tables[name];
  const others = columns.map(({ column }) => column).filter((one) => !primaryKey.includes(one));
  const set = [...others, "load_id"].map((column) => `\`${column}\` = values(\`${column}\`)`);
  return `${insertValues(name, rows, serial)} on duplicate key update ${set.join(", ")}`;
};

const jsonColumns: Readonly<Record<LoadableName, readonly JsonColumn[]>> = {
  users: toJsonColumns(tables.users),
  articles: toJsonColumns(tables.articles),
  reads: toJsonColumns(tables.reads),
};

/** For a session on one shard. `json`: an array of rows, each an array of cells. */
export const insertRowsJson = (name: LoadableName, json: string, serial: number): string => {
  const { table, key } = tables[name];
  return insertJson({ table, key, columns: jsonColumns[name], loadId: serial }, json);
};

/** What reads make of article_read, for vtgate, which sends each row to its shard. */
export const insertArticleReadsApart = (rows: readonly Row[], serial: number): string => {
  const names = articleReadColumns.map(({ name }) => name).join(", ");
  const values = rows.map((row) => {
    const cells = articleReadColumns.map(({ index, type }) =>
      type.startsWith("varchar") ? toText(row[index]) : toNumber(row[index]),
    );
    return `(${cells.join(",")},${serial})`;
  });
  return `insert into article_read (${names}, load_id) values ${values.join(",")}${harmless("uid")}`;
};

export interface DirectoryEntry {
  readonly key: number;
  readonly slot: bigint;
  readonly home: string;
}

export const toEntries = (rows: readonly Row[]): DirectoryEntry[] =>
  rows.map((row) => {
    const key = Number(row[1]);
    return { key, slot: slot(key), home: toNumber(row[HOME]) };
  });

export const insertEntries = (name: DirectoryName, entries: readonly DirectoryEntry[]): string => {
  const names = ["slot", directories[name].key, "home"];
  const columns = names.map((column, index) => ({ name: column, type: "bigint unsigned", index }));
  const rows = entries.map((entry) => [entry.slot.toString(), entry.key, entry.home]);
  const { table, key } = directories[name];
  return insertJson({ table, key, columns }, JSON.stringify(rows));
};

/** Identifies a row in the answer of `selectStored`. */
export const identify = (name: LoadableName, row: Row): string => {
  const { columns, key } = tables[name];
  return `${row[HOME]}/${row[columns.findIndex(({ field }) => field === key)]}`;
};

/** What is stored under the keys of these rows: home, key, load_id and checksum. */
export const selectStored = (name: LoadableName, rows: readonly Row[]): string => {
  const { columns, key, table } = tables[name];
  const index = columns.findIndex(({ field }) => field === key);
  const write = columns[index]?.kind === "text" ? toText : toNumber;
  const keys = rows.map((row) => `(${toNumber(row[HOME])},${write(row[index])})`).join(",");
  const sum = rowChecksumSql(columnsOf(tables[name]));
  return (
    `select home, ${key} as \`key\`, load_id as loadId, hex(${sum}) as sum ` +
    `from \`${table}\` where (home, ${key}) in (${keys})`
  );
};
