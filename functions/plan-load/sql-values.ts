/** The values of one row of an INSERT, taken token by token; whatever is no literal is a fault. */
import { decodeUtf8 } from "#shared/utf8.ts";
import type { TokenKind } from "./sql-tokens.ts";

/** Text or number as it is written, NULL, or undefined for DEFAULT. */
export type SqlValue = string | null | undefined;

export interface RowValues {
  /** The token after the opening bracket, and each further one. True once the row is closed. */
  take(kind: TokenKind, text: string): boolean;
  readonly values: readonly SqlValue[];
  readonly fault: string | undefined;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

const keywords = new Map<string, SqlValue>([
  ["NULL", null],
  ["TRUE", "1"],
  ["FALSE", "0"],
  ["DEFAULT", undefined],
]);

/** As a column of text would keep it: 007 is 7, .5 is 0.5. */
const toNumberText = (text: string): string =>
  text
    .replace(/^\+/, "")
    .replace(/^(-?)0+(?=\d)/, "$1")
    .replace(/^(-?)\./, "$10.")
    .replace(/\.$/, "");

/** False for what is no literal. */
const parseWord = (text: string): SqlValue | false => {
  if (NUMBER.test(text)) return toNumberText(text);
  const keyword = text.toUpperCase();
  if (keywords.has(keyword)) return keywords.get(keyword);
  const hex = /^0x((?:[0-9a-f]{2})+)$/i.exec(text)?.[1];
  if (hex !== undefined) return decodeUtf8(Buffer.from(hex, "hex")) ?? false;
  const bits = /^0b([01]{1,53})$/.exec(text)?.[1];
  return bits === undefined ? false : String(Number.parseInt(bits, 2));
};

export const createRowValues = (): RowValues => {
  const values: SqlValue[] = [];
  let fault: string | undefined;
  let depth = 1;
  let current: { value: SqlValue; isString: boolean } | undefined;

  const fail = (reason: string): void => {
    fault ??= reason;
  };
  const end = (): void => {
    if (current === undefined) fail("a value is missing");
    else values.push(current.value);
    current = undefined;
  };
  const takeMark = (mark: string): boolean => {
    if (mark === "(") depth += 1;
    if (mark === ")") depth -= 1;
    if (depth === 0 || (mark === "," && depth === 1)) end();
    else if (mark !== ")") fail(`not a value: ${mark}`);
    return depth === 0;
  };
  const takeString = (text: string): void => {
    // MySQL takes strings side by side for one.
    if (current === undefined) current = { value: text, isString: true };
    else if (current.isString) current.value = `${current.value}${text}`;
    else fail(`not a value: ${JSON.stringify(text.slice(0, 40))}`);
  };
  const takeWord = (text: string): void => {
    // A character set before a string, such as _utf8mb4: strings are UTF-8 or refused anyway.
    if (current === undefined && /^_[a-z]\w*$/i.test(text)) return;
    const value = current === undefined ? parseWord(text) : false;
    if (value === false) {
      fail(`not a value: ${text.slice(0, 40)}`);
      current ??= { value: null, isString: false };
    } else current = { value, isString: false };
  };
  return {
    values,
    get fault() {
      return fault;
    },
    take: (kind, text) => {
      if (kind === "mark") return takeMark(text);
      if (kind === "string") takeString(text);
      else if (kind === "word") takeWord(text);
      else {
        fail(kind === "not-utf8" ? "not UTF-8" : `not a value: ${text.slice(0, 40)}`);
        current ??= { value: null, isString: false };
      }
      return false;
    },
  };
};
