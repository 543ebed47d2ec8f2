/**
 * The fast way through a row of an INSERT: strings without backslashes and doubled quotes, and whole
 * numbers. Nearly all rows are such; for any other this answers nothing, and the tokens tell.
 */
import { decodeLatin1 } from "#shared/utf8.ts";

export interface PlainRow {
  readonly values: string[];
  /** Behind the closing bracket. */
  readonly end: number;
}

const SINGLE = 0x27;
const DOUBLE = 0x22;
const SPACE = 0x20;
const COMMA = 0x2c;
const CLOSE = 0x29;
const ZERO = 0x30;
const NINE = 0x39;

const isDigit = (code: number): boolean => code >= ZERO && code <= NINE;

/** Where the value that begins here ends; -1 where it is not plain or not whole. */
const findEnd = (text: string, at: number): number => {
  const first = text.charCodeAt(at);
  if (first === SINGLE || first === DOUBLE)
    return text.indexOf(first === SINGLE ? "'" : '"', at + 1) + 1 || -1;
  let end = at;
  while (isDigit(text.charCodeAt(end))) end += 1;
  // A number that begins with zeros is not kept as it is written.
  return end === at || (first === ZERO && end > at + 1) ? -1 : end;
};

const skipSpaces = (text: string, at: number): number => {
  let end = at;
  while (text.charCodeAt(end) === SPACE) end += 1;
  return end;
};

const decodeAll = (values: string[]): string[] | undefined => {
  const decoded = values.map(decodeLatin1);
  return decoded.every((value) => value !== undefined) ? decoded : undefined;
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII has them.
const PLAIN = /^[\x00-\x5b\x5d-\x7f]*$/;

/** `text`: a character a byte; `at`: behind the opening bracket. */
export const parsePlainRow = (text: string, at: number): PlainRow | undefined => {
  const values: string[] = [];
  let next = COMMA;
  let start = at;
  while (next === COMMA) {
    start = skipSpaces(text, start);
    const end = findEnd(text, start);
    if (end === -1) return undefined;
    const isNumber = isDigit(text.charCodeAt(start));
    values.push(isNumber ? text.slice(start, end) : text.slice(start + 1, end - 1));
    next = text.charCodeAt(end);
    start = end + 1;
  }
  if (next !== CLOSE) return undefined;
  const row = text.slice(at, start);
  if (PLAIN.test(row)) return { values, end: start };
  const decoded = row.includes("\\") ? undefined : decodeAll(values);
  return decoded === undefined ? undefined : { values: decoded, end: start };
};
