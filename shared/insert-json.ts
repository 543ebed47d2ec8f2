/**
 * Rows as one JSON text that MySQL takes apart, for a session on one shard: vtgate and vttablet then
 * read one literal instead of tens of thousands, which takes a tenth of the time; but vtgate could
 * not distribute such rows. Doing one twice changes nothing. Pure.
 */
import { toLiteral } from "./sql.ts";
import { type Column, type Table, tables } from "./tables.ts";

/** A column to be written, and where in the row's array its cell stands. */
export interface JsonColumn {
  readonly name: string;
  readonly type: string;
  readonly index: number;
}

export interface JsonInsert {
  readonly table: string;
  /** Set to itself where the row is there already: vtgate refuses to set a vindex column. */
  readonly key: string;
  readonly columns: readonly JsonColumn[];
  /** Written into each row. */
  readonly loadId?: number;
}

/** `json`: an array of rows, each an array of cells. */
export const insertJson = ({ table, key, columns, loadId }: JsonInsert, json: string): string => {
  const names = columns.map(({ name }) => `\`${name}\``).join(", ");
  const paths = columns
    .map(({ name, type, index }) => `\`${name}\` ${type} path '$[${index}]' error on error`)
    .join(", ");
  const [moreName, moreValue] = loadId === undefined ? ["", ""] : [", load_id", `, ${loadId}`];
  return (
    `insert into \`${table}\` (${names}${moreName}) select ${names}${moreValue} ` +
    `from json_table(${toLiteral(json)}, '$[*]' columns (${paths})) as input ` +
    `on duplicate key update ${key} = \`${table}\`.${key}`
  );
};

const toType = ({ kind, max }: Column): string =>
  kind === "text" ? `varchar(${max})` : "bigint unsigned";

export const toJsonColumns = ({ columns }: Table): JsonColumn[] =>
  columns.map((column, index) => ({ name: column.column, type: toType(column), index }));

const ownNames = new Map([
  ["home", "reader_home"],
  ["article_home", "home"],
]);
const notDerived = new Set(["read_time_length", "read_sequence", "comment_detail"]);

/** Of article_read, as they stand in a row of user_read. */
export const articleReadColumns: readonly JsonColumn[] = toJsonColumns(tables.reads)
  .filter(({ name }) => !notDerived.has(name))
  .map((column) => ({ ...column, name: ownNames.get(column.name) ?? column.name }));

/** What reads (rows of user_read, all of articles of one shard) make of article_read. */
export const insertArticleReads = (json: string, loadId: number): string =>
  insertJson({ table: "article_read", key: "uid", columns: articleReadColumns, loadId }, json);
