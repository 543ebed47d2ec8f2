/** What the statements of a dump say besides their rows: columns, tables, settings. Pure. */
import { Problem } from "#shared/problem.ts";
import type { TokenKind } from "./sql-tokens.ts";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

export interface Target {
  readonly table: string;
  /** Undefined where the statement names none. */
  readonly columns: readonly string[] | undefined;
}

const isMark = (token: Token | undefined, text: string): boolean =>
  token?.kind === "mark" && token.text === text;

const isWord = (token: Token | undefined, ...texts: string[]): boolean =>
  token?.kind === "word" && texts.includes(token.text.toUpperCase());

/** A name may stand in backticks, without, or (ANSI) in double quotes. */
const isName = ({ kind }: Token): boolean => kind !== "mark" && kind !== "cut";

/** The table of a name such as db.user; the part before the point does not matter. */
const lastPart = (tokens: readonly Token[]): string =>
  tokens.filter(isName).at(-1)?.text.split(".").at(-1) ?? "";

/** What stands between the words before VALUES: [INTO] table [PARTITION (…)] [(columns)]. */
export const parseInsertHead = (tokens: readonly Token[]): Target => {
  const rest = tokens.filter(
    (token) => !isWord(token, "INTO", "IGNORE", "LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY"),
  );
  const open = rest.findIndex((token) => isMark(token, "("));
  const partition = rest.findIndex((token) => isWord(token, "PARTITION"));
  const nameEnd = [open, partition].filter((index) => index !== -1).sort((a, b) => a - b)[0];
  const table = lastPart(rest.slice(0, nameEnd));
  const lastOpen = rest.findLastIndex((token) => isMark(token, "("));
  const isOfPartition = partition !== -1 && lastOpen === partition + 1;
  if (open === -1 || isOfPartition) return { table, columns: undefined };
  return {
    table,
    columns: rest
      .slice(lastOpen + 1)
      .filter(isName)
      .map(({ text }) => text),
  };
};

const KEYS = ["PRIMARY", "KEY", "UNIQUE", "INDEX", "CONSTRAINT", "FOREIGN", "FULLTEXT"];
const notColumns = [...KEYS, "SPATIAL", "CHECK"];

/** TABLE [IF NOT EXISTS] table (column …, …, PRIMARY KEY …): undefined for whatever else is created. */
export const parseCreate = (tokens: readonly Token[]): Target | undefined => {
  const start = isWord(tokens[0], "TEMPORARY") ? 1 : 0;
  const open = tokens.findIndex((token) => isMark(token, "("));
  if (!isWord(tokens[start], "TABLE") || open === -1) return undefined;
  const columns: string[] = [];
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (isMark(token, "(")) depth += 1;
    if (isMark(token, ")")) depth -= 1;
    if (index > open && depth === 0) break;
    const isFirst = isMark(tokens[index - 1], "(") || isMark(tokens[index - 1], ",");
    if (depth === 1 && isFirst && isName(token) && !isWord(token, ...notColumns))
      columns.push(token.text);
  }
  return { table: lastPart(tokens.slice(0, open)), columns };
};

const readable = ["utf8", "utf8mb3", "utf8mb4", "binary", "ascii", "default"];

/**
 * Throws where the dump sets something under which its text would have to be read in another way:
 * a character set other than UTF-8, or other rules for quotes.
 */
export const checkSet = (tokens: readonly Token[]): void => {
  for (const [index, token] of tokens.entries()) {
    const isNames = isWord(token, "NAMES");
    const isClient = isWord(token, "CHARACTER_SET_CLIENT") && isMark(tokens[index + 1], "=");
    const value = tokens[index + (isNames ? 1 : 2)];
    if ((!isNames && !isClient) || value === undefined || value.kind === "mark") continue;
    if (!readable.includes(value.text.toLowerCase()))
      throw new Problem(
        "unprocessable",
        `the dump is in ${value.text}: make it with --default-character-set=utf8mb4`,
      );
  }
  const modes = tokens
    .filter(({ kind }) => kind === "string")
    .map(({ text }) => text.toUpperCase());
  const mode = ["NO_BACKSLASH_ESCAPES", "ANSI_QUOTES", "ANSI"].find((name) =>
    modes.some((text) => text.split(",").includes(name)),
  );
  if (mode !== undefined)
    throw new Problem("unprocessable", `the dump sets the SQL mode ${mode}: make it without`);
};
