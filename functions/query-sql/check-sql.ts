/**
 * Lets through one statement that only reads, and nothing else: the first of three guards. The
 * others are MySQL's own read-only transactions and a time limit.
 *
 * 1. Comments of a line are taken out. Others are refused: MySQL executes some of them, and vtgate
 *    takes directives from them, its time limit among others.
 * 2. Whatever is not understood (a quote that does not end, a character that no SQL has) is refused.
 * 3. Some reads are none: they take locks, files or numbers of a sequence.
 */
import { Problem } from "#shared/problem.ts";

interface Token {
  readonly kind: "word" | "name" | "string" | "variable" | "mark";
  /** A word in lower case; anything else as it is written. */
  readonly text: string;
}

export interface CheckedSql {
  /** Without comments, and without a semicolon at its end. */
  readonly sql: string;
  /** Its first word. */
  readonly verb: string;
}

export const LONGEST_SQL = 20_000;

const refuse = (detail: string): Problem =>
  new Problem("invalid-request", `sql: ${detail}`, { field: "sql" });

const patterns = [
  // MySQL asks for a space after the two dashes; 1--1 is 2.
  { kind: "comment", pattern: /(?:#|--(?=[\s]|$))[^\n]*/y },
  { kind: "space", pattern: /\s+/y },
  { kind: "string", pattern: /'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S]|"")*"/y },
  { kind: "name", pattern: /`(?:[^`]|``)+`/y },
  { kind: "variable", pattern: /@@?[\w.$]*/y },
  { kind: "word", pattern: /[\w$\u0080-\uffff]+/y },
  { kind: "mark", pattern: /:=|[-+*/%=<>!,.();&|^~?:{}[\]]/y },
] as const;

const describeAt = (sql: string, at: number): string => {
  const character = sql[at] ?? "";
  if (character === "'" || character === '"' || character === "`")
    return `the ${character} at character ${at + 1} does not end`;
  return `character ${at + 1} is not understood`;
};

/** Throws where something is neither a token nor a comment of a line. */
const cut = (sql: string): { tokens: Token[]; text: string } => {
  const tokens: Token[] = [];
  let text = "";
  for (let at = 0; at < sql.length; ) {
    if (sql.startsWith("/*", at)) throw refuse("it may have no comments but those of a line (--)");
    const found = patterns
      .map(({ kind, pattern }) => {
        pattern.lastIndex = at;
        return { kind, text: pattern.exec(sql)?.[0] ?? "" };
      })
      .find((one) => one.text !== "");
    if (found === undefined) throw refuse(describeAt(sql, at));
    at += found.text.length;
    const { kind } = found;
    text += kind === "comment" ? " " : found.text;
    if (kind === "comment" || kind === "space") continue;
    tokens.push({ kind, text: kind === "word" ? found.text.toLowerCase() : found.text });
  }
  return { tokens, text };
};

const VERBS = ["select", "with", "show", "explain", "describe", "desc", "vexplain"];

/** None of these is part of a read; as a name, each can be written in backticks. */
const FORBIDDEN: Readonly<Record<string, string>> = {
  into: "it may not write into files or variables",
  insert: "it may not write",
  update: "it may neither write nor take locks",
  delete: "it may not write",
  next: "it may not take values of a sequence",
};

/** Functions that lock, wait, or read files of the server. */
const FUNCTIONS =
  /^(get_lock|release_lock|release_all_locks|is_free_lock|is_used_lock|load_file|benchmark|(master|source)_pos_wait|wait_for_executed_gtid_set|wait_until_sql_thread_after_gtids|keyring_\w+|asynchronous_\w+|group_replication_\w+|service_\w+|mysqlx_\w+)$/;

/** Where passwords and Vitess's own state lie. */
const SCHEMAS = new Set(["mysql", "_vt", "sys"]);

const nameOf = ({ kind, text }: Token): string | undefined => {
  if (kind === "word") return text;
  return kind === "name" ? text.slice(1, -1).replaceAll("``", "`").toLowerCase() : undefined;
};

const checkWord = (word: string, next: Token | undefined): void => {
  const isCall = next?.text === "(";
  const why = Object.hasOwn(FORBIDDEN, word) ? FORBIDDEN[word] : undefined;
  // insert() is a function of strings.
  if (why !== undefined && !(word === "insert" && isCall)) throw refuse(`${why} (${word})`);
  if ((word === "for" && next?.text === "share") || (word === "lock" && next?.text === "in"))
    throw refuse("it may take no locks");
};

const checkName = (token: Token, next: Token | undefined): void => {
  const name = nameOf(token);
  if (name === undefined) return;
  if (next?.text === "(" && FUNCTIONS.test(name)) throw refuse(`${name} may not be called`);
  if (next?.text === "." && SCHEMAS.has(name)) throw refuse(`the schema ${name} may not be read`);
};

const checkToken = (token: Token, next: Token | undefined): void => {
  if (token.text === ";") throw refuse("it has to be one statement");
  if (token.text === ":=") throw refuse("it may not set variables");
  if (token.kind === "word") checkWord(token.text, next);
  checkName(token, next);
};

/** Throws a Problem that says why it is refused. */
export const checkSql = (given: string): CheckedSql => {
  if (given.length > LONGEST_SQL)
    throw refuse(`it may have at most ${LONGEST_SQL} characters, not ${given.length}`);
  const { tokens, text } = cut(given);
  while (tokens.at(-1)?.text === ";") tokens.pop();
  const first = tokens.find(({ text: mark }) => mark !== "(");
  if (first === undefined) throw refuse("it is empty");
  if (first.kind !== "word" || !VERBS.includes(first.text))
    throw refuse(`only ${VERBS.join(", ")} may be asked, not ${first.text.slice(0, 40)}`);
  for (const [index, token] of tokens.entries()) checkToken(token, tokens[index + 1]);
  return { sql: text.replace(/[\s;]+$/, "").trim(), verb: first.text };
};
