/** Statements that take the rows of a chunk out of the tables again; doing it twice is harmless. Pure. */
import { type DirectoryName, directories } from "#shared/directory.ts";
import { slot } from "#shared/placement.ts";
import type { Row } from "#shared/row-parser.ts";
import { toLiteral } from "#shared/sql.ts";
import { type LoadableName, tables } from "#shared/tables.ts";

/** Cells come from an object, so a number is checked before it stands in a statement unquoted. */
const toNumber = (cell: unknown): string => {
  const text = String(cell);
  if (!/^\d+$/.test(text)) throw new Error(`not a number in a chunk: ${text.slice(0, 40)}`);
  return text;
};

const createCondition = (name: LoadableName) => {
  const { columns, primaryKey } = tables[name];
  const keys = primaryKey.map((key) => columns.findIndex(({ column }) => column === key));
  return (rows: readonly Row[], serial: number): string => {
    const tuples = rows.map((row) => {
      const cells = keys.map((index) =>
        columns[index]?.kind === "text" ? toLiteral(String(row[index])) : toNumber(row[index]),
      );
      return `(${cells.join(",")})`;
    });
    // Rows that were there before, or are of another load by now, stay.
    return `(${primaryKey.join(", ")}) in (${tuples.join(",")}) and load_id = ${serial}`;
  };
};

const conditions: Readonly<Record<LoadableName, ReturnType<typeof createCondition>>> = {
  users: createCondition("users"),
  articles: createCondition("articles"),
  reads: createCondition("reads"),
};

export const deleteRows = (name: LoadableName, rows: readonly Row[], serial: number): string =>
  `delete from \`${tables[name].table}\` where ${conditions[name](rows, serial)}`;

const [HOME, ID, UID, ARTICLE_HOME] = ["home", "id", "uid", "articleHome"].map((field) =>
  tables.reads.columns.findIndex((column) => column.field === field),
) as [number, number, number, number];

/** What reads have made of article_read. */
export const deleteArticleReads = (rows: readonly Row[], serial: number): string => {
  const tuples = rows.map(
    (row) =>
      `(${toNumber(row[ARTICLE_HOME])},${toNumber(row[UID])},${toNumber(row[HOME])},${toLiteral(String(row[ID]))})`,
  );
  return `delete from article_read where (home, uid, reader_home, id) in (${tuples.join(",")}) and load_id = ${serial}`;
};

/** Key and home of those of these rows that are this load's. */
export const selectOwn = (name: DirectoryName, rows: readonly Row[], serial: number): string => {
  const { key } = directories[name];
  const condition = conditions[name](rows, serial);
  return `select ${key} as \`key\`, home from \`${tables[name].table}\` where ${condition}`;
};

export interface OwnRow {
  readonly key: number;
  readonly home: string;
}

/** Entries that name another home are somebody else's. */
export const deleteEntries = (name: DirectoryName, own: readonly OwnRow[]): string => {
  const { table, key } = directories[name];
  const slots = own.map((row) => slot(row.key));
  const tuples = own.map(
    (row, index) => `(${slots[index]},${toNumber(row.key)},${toNumber(row.home)})`,
  );
  return `delete from ${table} where slot in (${slots.join(",")}) and (slot, ${key}, home) in (${tuples.join(",")})`;
};
