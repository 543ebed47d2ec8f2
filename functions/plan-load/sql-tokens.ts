/**
 * Cuts the text of a SQL dump into tokens by MySQL's rules, piece by piece as it arrives.
 *
 * 1. Bytes are taken as Latin-1, so that a piece may end anywhere; strings and names are decoded as
 *    UTF-8 when they are whole.
 * 2. Comments are no tokens. What stands inside of a comment that MySQL executes is.
 * 3. No more is kept than one token; one of more than MAX_TOKEN bytes throws `unprocessable`.
 */
import { Problem } from "#shared/problem.ts";
import { decodeLatin1 } from "#shared/utf8.ts";
import { parsePlainRow } from "./sql-plain-row.ts";
import { decodeString } from "./sql-strings.ts";

export type TokenKind =
  /** A keyword, a name without quotes, or a number. */
  | "word"
  /** A name in backticks. */
  | "name"
  | "string"
  /** A string whose bytes are no UTF-8. */
  | "not-utf8"
  /** Any other single character. */
  | "mark"
  /** The text ended inside a string, a name or a comment. */
  | "cut";

export interface SqlTokens {
  feed(piece: Buffer): void;
  /** There is no more to come. */
  end(): void;
  /** The next token; undefined where more has to be fed first, or nothing is left. */
  next(): TokenKind | undefined;
  /**
   * The values of a row whose opening bracket was the last token, if they are as plain as nearly
   * all are; then its closing bracket is taken as well.
   */
  plainRow(): string[] | undefined;
  /** Of the last token, without quotes and escapes. */
  readonly text: string;
  /** Where the last token began, from 1. */
  readonly line: number;
  /** Passes over all lines until one that sets the delimiter to a semicolon again. */
  skipForeign(): void;
}

const MAX_TOKEN = 1024 * 1024;
/** Dumps for servers newer than any there is are comments to all of them. */
const NEWEST_SERVER = 99_999;
const WORD = /[\w$.\x80-\xff]+/y;
const NUMBER = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w$.\x80-\xff])/y;
const DELIMITER_BACK = /^[ \t]*delimiter[ \t]+;[ \t]*\r?\n/im;

type Skipped = "past" | "none" | "more";
type Passing = "*/" | "\n" | "foreign";

/** What is left of a quoted text from behind its opening quote, the closing one included. */
const quoted: Readonly<Record<string, RegExp>> = {
  "'": /[^'\\]*(?:(?:\\[\s\S]|'')[^'\\]*)*'(?!')/y,
  '"': /[^"\\]*(?:(?:\\[\s\S]|"")[^"\\]*)*"(?!")/y,
  "`": /[^`]*(?:``[^`]*)*`(?!`)/y,
};
const SPACE = 0x20;
// biome-ignore lint/suspicious/noControlCharactersInRegex: MySQL takes them for spaces.
const SPACES = /[\x00-\x20]+/y;

/** Where a match that begins here ends; -1 where none does. */
const matchAt = (pattern: RegExp, text: string, at: number): number => {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
};

const countLines = (text: string): number => {
  let lines = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines;
};

export const createSqlTokens = (): SqlTokens => {
  let buffer = "";
  let at = 0;
  let hasEnded = false;
  /** Inside of something that may be longer than what is kept; the mark that ends it. */
  let passing: Passing | undefined;
  let isConditional = false;
  let line = 1;
  let text = "";
  let tokenLine = 1;

  const moveTo = (end: number): void => {
    line += countLines(buffer.slice(at, end));
    at = end;
  };

  /** Where the mark ends that is waited for; -1 where it has not come yet. */
  const findEnd = (mark: Passing): number => {
    if (mark !== "foreign") {
      const found = buffer.indexOf(mark, at);
      return found === -1 ? -1 : found + mark.length;
    }
    const found = DELIMITER_BACK.exec(buffer.slice(at));
    return found === null ? -1 : at + found.index + found[0].length;
  };

  /** True once it is over, or the text is. */
  const passOver = (mark: Passing): boolean => {
    passing = mark;
    const end = findEnd(mark);
    if (end !== -1) {
      moveTo(end);
      passing = undefined;
      return true;
    }
    // The mark itself may be cut in two: its beginning stays.
    const kept = mark === "foreign" ? buffer.lastIndexOf("\n") + 1 : buffer.length - 1;
    moveTo(hasEnded ? buffer.length : Math.max(at, kept));
    return hasEnded;
  };

  /** Begins a comment, or what MySQL executes inside one. False where more is needed to tell. */
  const openComment = (): boolean => {
    const head = buffer.slice(at, at + 10);
    if (head.length < 10 && !hasEnded) return false;
    const [opening, version = "0"] = /^\/\*!(\d{5,6})?/.exec(head) ?? [];
    if (opening === undefined || Number(version) > NEWEST_SERVER) {
      at += 2;
      return passOver("*/");
    }
    at += opening.length;
    isConditional = true;
    return true;
  };

  const closeConditional = (): Skipped => {
    if (!isConditional || buffer[at + 1] !== "/") return "none";
    at += 2;
    isConditional = false;
    return "past";
  };

  const passLine = (): Skipped => (passOver("\n") ? "past" : "more");

  /** By the character that may begin or end a comment. */
  const skippers: Readonly<Record<string, () => Skipped>> = {
    "#": passLine,
    "-": () =>
      buffer[at + 1] === "-" && !(buffer.charCodeAt(at + 2) > SPACE) ? passLine() : "none",
    "/": () => (buffer[at + 1] !== "*" ? "none" : openComment() ? "past" : "more"),
    "*": closeConditional,
  };

  const skipComment = (): Skipped => {
    const skipper = skippers[buffer[at] ?? ""];
    if (skipper === undefined) return "none";
    return at + 2 >= buffer.length && !hasEnded ? "more" : skipper();
  };

  /** Goes on to where a token begins. False where more is needed, or nothing is left. */
  const skip = (): boolean => {
    if (passing !== undefined && !passOver(passing)) return false;
    let skipped: Skipped = "past";
    while (skipped === "past") {
      if (buffer.charCodeAt(at) <= SPACE) moveTo(matchAt(SPACES, buffer, at));
      if (at >= buffer.length) return false;
      skipped = skipComment();
    }
    return skipped === "none";
  };

  const needMore = (start: number): undefined => {
    if (buffer.length - start <= MAX_TOKEN) return undefined;
    throw new Problem(
      "unprocessable",
      `line ${tokenLine} has a value of more than ${MAX_TOKEN} bytes`,
    );
  };

  const finish = (kind: TokenKind, end: number, value: string | undefined): TokenKind => {
    at = end;
    text = value ?? "";
    return value === undefined ? "not-utf8" : kind;
  };

  const cut = (start: number): "cut" | undefined => {
    if (!hasEnded) return needMore(start);
    text = buffer.slice(start, start + 40);
    at = buffer.length;
    return "cut";
  };

  const endComment = (): "cut" => {
    passing = undefined;
    text = "/*";
    return "cut";
  };

  /** `start`: of the prefix before the opening quote, or of the quote. */
  const readQuoted = (start: number, quoteAt: number): TokenKind | undefined => {
    const quote = buffer[quoteAt] ?? "";
    const end = matchAt(quoted[quote] ?? NUMBER, buffer, quoteAt + 1);
    // At the very end the closing quote may be the first of two.
    if (end === -1 || (end === buffer.length && !hasEnded)) return cut(start);
    const raw = buffer.slice(quoteAt + 1, end - 1);
    line += countLines(raw);
    const prefix = buffer.slice(start, quoteAt).toLowerCase();
    // Bits are a number.
    const kind = prefix === "b" ? "word" : "string";
    return finish(quote === "`" ? "name" : kind, end, decodeString(raw, quote, prefix));
  };

  const readWord = (): TokenKind | undefined => {
    const numberEnd = matchAt(NUMBER, buffer, at);
    const end = numberEnd === -1 ? matchAt(WORD, buffer, at) : numberEnd;
    if (end === -1) return finish("mark", at + 1, buffer.charAt(at));
    if (end + 1 >= buffer.length && !hasEnded) return needMore(at);
    const found = buffer.slice(at, end);
    if (buffer[end] === "'" && /^[xbn]$/i.test(found)) return readQuoted(at, end);
    return finish("word", end, decodeLatin1(found));
  };

  return {
    get text() {
      return text;
    },
    get line() {
      return tokenLine;
    },
    feed: (piece) => {
      buffer = buffer.slice(at) + piece.toString("latin1");
      at = 0;
    },
    end: () => {
      hasEnded = true;
    },
    plainRow: () => {
      const row = parsePlainRow(buffer, at);
      if (row === undefined) return undefined;
      moveTo(row.end);
      return row.values;
    },
    skipForeign: () => {
      passing = "foreign";
    },
    next: () => {
      tokenLine = line;
      if (!skip()) return hasEnded && passing === "*/" ? endComment() : undefined;
      tokenLine = line;
      return buffer.charAt(at) in quoted ? readQuoted(at, at) : readWord();
    },
  };
};
