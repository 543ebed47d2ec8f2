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
import { createSqlText, matchAt } from "./sql-text.ts";

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
const WORD = /[\w$.\x80-\xff]+/y;
const NUMBER = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w$.\x80-\xff])/y;

/** What is left of a quoted text from behind its opening quote, the closing one included. */
const quoted: Readonly<Record<string, RegExp>> = {
  "'": /[^'\\]*(?:(?:\\[\s\S]|'')[^'\\]*)*'(?!')/y,
  '"': /[^"\\]*(?:(?:\\[\s\S]|"")[^"\\]*)*"(?!")/y,
  "`": /[^`]*(?:``[^`]*)*`(?!`)/y,
};

export const createSqlTokens = (): SqlTokens => {
  const source = createSqlText();
  let text = "";
  let tokenLine = 1;

  /** Undefined, so that more is fed; but a token without an end must not fill the memory. */
  const needMore = (start: number): undefined => {
    if (source.buffer.length - start <= MAX_TOKEN) return undefined;
    throw new Problem(
      "unprocessable",
      `line ${tokenLine} has a value of more than ${MAX_TOKEN} bytes`,
    );
  };

  const finish = (kind: TokenKind, end: number, value: string | undefined): TokenKind => {
    source.moveTo(end);
    text = value ?? "";
    return value === undefined ? "not-utf8" : kind;
  };

  const cut = (start: number): TokenKind | undefined =>
    source.hasEnded
      ? finish("cut", source.buffer.length, source.buffer.slice(start, start + 40))
      : needMore(start);

  /** `start`: of the prefix before the opening quote, or of the quote. */
  const readQuoted = (start: number, quoteAt: number): TokenKind | undefined => {
    const { buffer, hasEnded } = source;
    const quote = buffer[quoteAt] ?? "";
    const end = matchAt(quoted[quote] ?? NUMBER, buffer, quoteAt + 1);
    // At the very end the closing quote may be the first of two.
    if (end === -1 || (end === buffer.length && !hasEnded)) return cut(start);
    const raw = buffer.slice(quoteAt + 1, end - 1);
    const prefix = buffer.slice(start, quoteAt).toLowerCase();
    // Bits are a number.
    const kind = prefix === "b" ? "word" : "string";
    return finish(quote === "`" ? "name" : kind, end, decodeString(raw, quote, prefix));
  };

  const readWord = (): TokenKind | undefined => {
    const { buffer, at, hasEnded } = source;
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
    feed: source.feed,
    end: source.end,
    skipForeign: source.skipForeign,
    plainRow: () => {
      const row = parsePlainRow(source.buffer, source.at);
      if (row === undefined) return undefined;
      source.moveTo(row.end);
      return row.values;
    },
    next: () => {
      tokenLine = source.line;
      if (!source.skip()) {
        text = "/*";
        return source.endsInComment() ? "cut" : undefined;
      }
      tokenLine = source.line;
      const { buffer, at } = source;
      return buffer.charAt(at) in quoted ? readQuoted(at, at) : readWord();
    },
  };
};
