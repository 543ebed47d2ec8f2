/**
 * Reads the query string of a list or of one row. What is not known is refused with the known
 * names, so that a misspelt filter never answers everything.
 */
import { Problem } from "./problem.ts";

export const DEFAULT_LIMIT = 50;
export const LARGEST_LIMIT = 5_000;

export const refuse = (field: string, detail: string): Problem =>
  new Problem("invalid-request", detail, { field });

/** What a caller wrote, at a length that fits into a message. */
export const quote = (text: string): string => JSON.stringify(text.slice(0, 60));

const toKnownList = (known: readonly string[]): string =>
  known.length === 0 ? "there are none here" : `known: ${known.join(", ")}`;

/** The parameters by name; each is known, not empty and given once. */
export const readParams = <Name extends string>(
  query: URLSearchParams,
  known: readonly Name[],
): Partial<Readonly<Record<Name, string>>> => {
  const params: Partial<Record<Name, string>> = {};
  for (const [given, value] of query) {
    const name = known.find((candidate) => candidate === given);
    if (name === undefined)
      throw refuse(given.slice(0, 60), `unknown parameter ${quote(given)}; ${toKnownList(known)}`);
    if (params[name] !== undefined) throw refuse(name, `${name} is given more than once`);
    if (value === "") throw refuse(name, `${name} is empty`);
    params[name] = value;
  }
  return params;
};

export const parseInteger = (text: string): number | undefined => {
  const value = /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
};

/** A uid or an aid. */
export const parseKey = (name: string, text: string): number => {
  const key = parseInteger(text);
  if (key === undefined)
    throw refuse(name, `${name} is ${quote(text)}, not a whole number below 2^53`);
  return key;
};

export const parseLimit = (text: string | undefined): number => {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = parseInteger(text);
  if (limit === undefined || limit < 1 || limit > LARGEST_LIMIT)
    throw refuse("limit", `limit is ${quote(text)}, not a number from 1 to ${LARGEST_LIMIT}`);
  return limit;
};

/** One of a closed set of values. */
export const parseChoice = <Choice extends string>(
  name: string,
  text: string | undefined,
  choices: readonly Choice[],
): Choice => {
  const choice = choices.find((candidate) => candidate === text);
  if (choice !== undefined) return choice;
  const given = text === undefined ? "missing" : quote(text);
  throw refuse(name, `${name} is ${given}, not one of ${choices.join(", ")}`);
};
