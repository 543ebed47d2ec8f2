/**
 * Reads a SQL dump as records: each row of each INSERT … VALUES (or REPLACE), in memory that does
 * not grow with the statement. What mysqldump writes besides is passed over.
 *
 * 1. Columns are those that the INSERT names, else those of the CREATE TABLE before it.
 * 2. A row that is no list of literals, or of another table, is a fault; the rows after it are read
 *    all the same. So is the end of a file that was cut off.
 */

import { tableOfFile } from "#shared/staged-names.ts";
import type { LoadableName } from "#shared/tables.ts";
import type { FileRecord } from "./file-record.ts";
import {
  checkSet,
  parseCreate,
  parseInsertHead,
  type Target,
  type Token,
} from "./sql-statements.ts";
import { createSqlTokens, type TokenKind } from "./sql-tokens.ts";
import { createRowValues, type RowValues } from "./sql-values.ts";

/** Of a statement other than its rows. */
const MOST_TOKENS = 10_000;
const derived = ["be_read", "beread", "article_read", "popular_rank", "popularrank"];

/** A byte order mark is taken for the beginning of a word. */
const BOM = "\ufeff";

type Step = (kind: TokenKind, text: string, line: number) => Step;
type ToRows = (head: Token[]) => Step;

/** Why rows of this table do not belong into this file; undefined where they do. */
const findMisfit = (table: string, wanted: LoadableName | undefined): string | undefined => {
  const isDerived = derived.includes(table.toLowerCase());
  const known = isDerived ? undefined : tableOfFile(table);
  if (!isDerived && (known === undefined || known === wanted)) return undefined;
  const file = wanted === undefined ? "" : ` in a file of ${wanted}`;
  return `a row of the table ${table.slice(0, 60)}${file}`;
};

/** Of a dump of several tables: exactly the names that people give them. */
const namesInDump: Readonly<Record<LoadableName, RegExp>> = {
  users: /^users?$/i,
  articles: /^articles?$/i,
  reads: /^(user_?)?reads?$/i,
};

interface Insert {
  readonly target: Target;
  readonly fault: string | undefined;
  /** A row of another table in a dump of several. */
  readonly isOther: boolean;
}

/** What a dump is read for. */
export interface Wanted {
  readonly table: LoadableName | undefined;
  /** It holds other tables as well, which are read for themselves. */
  readonly isWhole: boolean;
}

interface SqlRecords {
  feed(piece: Buffer): FileRecord[];
  end(): FileRecord[];
}

const toRecord = (
  { target, fault: misfit }: Insert,
  { values, fault }: Pick<RowValues, "values" | "fault">,
): { readonly record?: unknown; readonly fault?: string } => {
  const reason = misfit ?? fault;
  const { columns = [] } = target;
  if (reason !== undefined) return { fault: reason };
  if (values.length !== columns.length)
    return { fault: `${values.length} values for ${columns.length} columns` };
  const record: Record<string, unknown> = {};
  for (const [index, column] of columns.entries()) record[column] = values[index];
  return { record };
};

const createSqlRecords = (wanted: Wanted): SqlRecords => {
  const tokens = createSqlTokens();
  const columnsOf = new Map<string, readonly string[]>();
  let found: FileRecord[] = [];
  let rows = 0;

  const fail = (line: number, fault: string): void => {
    rows += 1;
    found.push({ line, number: rows, text: "", fault });
  };

  const add = (insert: Insert, row: Parameters<typeof toRecord>[1], line: number): void => {
    if (insert.isOther) return;
    rows += 1;
    found.push({ line, number: rows, ...toRecord(insert, row) });
  };

  /** Tells what has to follow where a file ends too early; undefined where it may end. */
  let open: string | undefined;
  const to = (step: Step, inside?: string): Step => {
    open = inside;
    return step;
  };

  /** By the word that a statement begins with. */
  const starters: Readonly<Record<string, () => Step>> = {
    "": () => to(start),
    INSERT: () => to(collect(endInsert, toRows), "an INSERT"),
    REPLACE: () => to(collect(endInsert, toRows), "an INSERT"),
    CREATE: () => to(collect(endCreate), "a CREATE"),
    SET: () => to(collect(checkSet)),
    DELIMITER: () => to(createDelimiter()),
  };
  const start: Step = (kind, text) => {
    if (kind === "mark" && text === ";") return to(start);
    const word = kind === "word" ? text.replace(BOM, "").toUpperCase() : "?";
    return Object.hasOwn(starters, word) ? (starters[word]?.() ?? to(skip)) : to(skip);
  };
  /** A semicolon alone sets what there was before; anything else begins statements of another kind. */
  const createDelimiter = (): Step => {
    let given = "";
    let first: number | undefined;
    const step: Step = (kind, text, line) => {
      first ??= line;
      if (line === first) given += text;
      if (line === first) return step;
      if (given !== ";") tokens.skipForeign();
      return given === ";" ? start(kind, text, line) : to(start);
    };
    return step;
  };
  const skip: Step = (kind, text) => (kind === "mark" && text === ";" ? to(start) : skip);

  /** Gathers a statement up to its end, or to the word VALUES, if it may have rows. */
  const collect = (end: (all: Token[], line: number) => void, toRows?: ToRows): Step => {
    const all: Token[] = [];
    const step: Step = (kind, text, line) => {
      if (kind === "mark" && text === ";") {
        end(all, line);
        return to(start);
      }
      if (toRows !== undefined && kind === "word" && /^values?$/i.test(text))
        return to(toRows(all), "an INSERT");
      if (all.length >= MOST_TOKENS) return to(skip);
      all.push({ kind, text });
      return step;
    };
    return step;
  };
  const endInsert = (_: Token[], line: number): void => fail(line, "an INSERT without VALUES");
  const endCreate = (all: Token[]): void => {
    const created = parseCreate(all);
    if (created?.columns !== undefined) columnsOf.set(created.table, created.columns);
  };

  const toInsert = (head: Token[]): Insert => {
    const { table, columns = columnsOf.get(table) } = parseInsertHead(head);
    const missing =
      columns === undefined ? "no columns are named, nor in a CREATE TABLE before" : undefined;
    const target = { table, columns };
    if (!wanted.isWhole)
      return { target, fault: findMisfit(table, wanted.table) ?? missing, isOther: false };
    const isOwn = wanted.table !== undefined && namesInDump[wanted.table].test(table);
    return { target, fault: missing, isOther: !isOwn };
  };

  const toRows: ToRows = (head) => createBetween(toInsert(head));

  /** Between the rows of an INSERT. */
  const createBetween = (insert: Insert): Step => {
    const between: Step = (kind, text, line) => {
      if (kind !== "mark") return to(skip);
      if (text === ";") return to(start);
      if (text === ",") return to(between, "an INSERT");
      if (text !== "(") return to(skip);
      const values = tokens.plainRow();
      if (values === undefined) return to(createInRow(insert, between, line), "a row");
      add(insert, { values, fault: undefined }, line);
      return to(between);
    };
    return between;
  };
  const createInRow = (insert: Insert, between: Step, line: number): Step => {
    const row = createRowValues();
    const inRow: Step = (kind, text) => {
      if (!row.take(kind, text)) return inRow;
      add(insert, row, line);
      return to(between);
    };
    return inRow;
  };

  let step = start;
  const takeAll = (): FileRecord[] => {
    found = [];
    for (let kind = tokens.next(); kind !== undefined; kind = tokens.next()) {
      if (kind !== "cut") step = step(kind, tokens.text, tokens.line);
      else if (open === undefined) open = "a string or a comment";
    }
    return found;
  };
  return {
    feed: (piece) => {
      tokens.feed(piece);
      return takeAll();
    },
    end: () => {
      tokens.end();
      const last = takeAll();
      if (open !== undefined) fail(tokens.line, `the file ends inside ${open}`);
      return last;
    },
  };
};

export async function* readSql(
  pieces: AsyncIterable<Buffer>,
  wanted: Wanted,
): AsyncIterable<FileRecord[]> {
  const records = createSqlRecords(wanted);
  for await (const piece of pieces) yield records.feed(piece);
  yield records.end();
}
