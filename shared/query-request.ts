/**
 * Reads what a list is asked: `field=value`, `field[gte]=`, `[gt]`, `[lte]`, `[lt]`,
 * `field[in]=a,b`, `sort=-field,field`, `fields=a,b`, `limit` and `cursor`. All filters have to
 * hold. What is not known is refused with the known names.
 */
import { hash } from "node:crypto";
import { type Field, isSortable } from "./query-fields.ts";
import { parseInteger, parseLimit, quote, refuse } from "./query-params.ts";

/** How SQL says it. */
export const operators = { eq: "=", gte: ">=", gt: ">", lte: "<=", lt: "<", in: "IN" } as const;
export type Operator = keyof typeof operators;

export type Value = string | number;

export interface Filter {
  readonly name: string;
  readonly operator: Operator;
  /** One, except with `in`. */
  readonly values: readonly Value[];
}

export interface SortKey {
  readonly name: string;
  readonly isDescending: boolean;
}

export interface ListRequest {
  readonly filters: readonly Filter[];
  readonly sort: readonly SortKey[];
  /** Fields to show; undefined for all. */
  readonly shown: ReadonlySet<string> | undefined;
  readonly limit: number;
  readonly cursor: string | undefined;
}

export const MOST_VALUES = 1_000;
export const MOST_SORT_KEYS = 4;
/** From 1970 on. */
export const ISO_TIME =
  /^(19[7-9]\d|[2-9]\d{3})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,3})?)?Z)?$/;

/** Milliseconds, or a date or time in UTC, such as 2015-05-01. */
const parseTime = (text: string): number | undefined => {
  const time = ISO_TIME.test(text) ? Date.parse(text) : parseInteger(text);
  return time !== undefined && time >= 0 ? time : undefined;
};

/** The database cannot compare ids, which are ASCII, with anything else. */
export const isId = (text: string): boolean => /^[ -~]*$/.test(text);

const parseText = (param: string, { column }: Field, text: string): string => {
  if (column !== "id" || isId(text)) return text;
  throw refuse(param, `${param} is ${quote(text)}, not of ASCII characters`);
};

const parseValue = (param: string, field: Field, text: string): Value => {
  const { kind } = field;
  if (kind === "text") return parseText(param, field, text);
  const value = kind === "time" ? parseTime(text) : parseInteger(text);
  const isFit = value !== undefined && (kind !== "flag" || value <= 1);
  if (isFit) return value;
  const wanted = {
    flag: "neither 0 nor 1",
    time: "neither a number of milliseconds nor a time in UTC such as 2015-05-01T12:00:00Z",
    integer: "not a whole number below 2^53",
    home: "",
  }[kind];
  throw refuse(param, `${param} is ${quote(text)}, ${wanted}`);
};

const parseOperator = (param: string, bracket: string | undefined): Operator => {
  if (bracket === undefined) return "eq";
  const known = (Object.keys(operators) as Operator[]).filter((name) => name !== "eq");
  const operator = known.find((name) => name === bracket);
  if (operator !== undefined) return operator;
  throw refuse(param, `unknown operator ${quote(bracket)}; known: ${known.join(", ")}`);
};

const parseValues = (param: string, field: Field, texts: readonly string[]): Value[] => {
  if (texts.length > MOST_VALUES)
    throw refuse(param, `${param} has ${texts.length} values, at most ${MOST_VALUES} are taken`);
  return [...new Set(texts.map((text) => parseValue(param, field, text)))];
};

/** Names that a list takes, with commas between them. */
const parseNames = (
  param: string,
  text: string,
  { what, known }: { readonly what: string; readonly known: readonly string[] },
): string[] => {
  const names = text.split(",");
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw refuse(param, `${what} ${quote(unknown)}; known: ${known.join(", ")}`);
  if (new Set(names).size < names.length) throw refuse(param, `${param} has a name twice`);
  return names;
};

const parseSort = (text: string, fields: readonly Field[]): SortKey[] => {
  const known = fields.filter(isSortable).map(({ name }) => name);
  const keys = text.split(",");
  const names = parseNames("sort", keys.map((key) => key.replace(/^-/, "")).join(","), {
    what: "not sorted by",
    known,
  });
  if (names.length > MOST_SORT_KEYS) throw refuse("sort", `sort has more than ${MOST_SORT_KEYS}`);
  return names.map((name, index) => ({
    name,
    isDescending: keys[index]?.startsWith("-") === true,
  }));
};

/** The fields to show, if the request names them. */
export const parseShown = (
  text: string | undefined,
  fields: readonly Field[],
): ReadonlySet<string> | undefined => {
  if (text === undefined) return undefined;
  const known = fields.filter(({ isShown }) => isShown).map(({ name }) => name);
  return new Set(parseNames("fields", text, { what: "there is no field", known }));
};

/** `isSorted`: the list can be sorted otherwise than by itself. */
export const parseListRequest = (
  query: URLSearchParams,
  fields: readonly Field[],
  { isSorted = true } = {},
): ListRequest => {
  const options = new Map<string, string | undefined>(
    [...(isSorted ? ["sort"] : []), "fields", "limit", "cursor"].map((name) => [name, undefined]),
  );
  const given = new Set<string>();
  const filters: Filter[] = [];
  const readFilter = (param: string, text: string): Filter => {
    const [, name = "", bracket] = /^([\w.]+)(?:\[(\w*)\])?$/.exec(param) ?? [];
    const field = fields.find((candidate) => candidate.name === name);
    if (field === undefined) {
      const known = [...fields.map((candidate) => candidate.name), ...options.keys()].join(", ");
      throw refuse(param.slice(0, 60), `unknown parameter ${quote(param)}; known: ${known}`);
    }
    const operator = parseOperator(param, bracket);
    const texts = operator === "in" ? text.split(",") : [text];
    return { name, operator, values: parseValues(param, field, texts) };
  };
  for (const [param, text] of query) {
    if (given.has(param)) throw refuse(param, `${param} is given more than once`);
    given.add(param);
    if (options.has(param)) options.set(param, text);
    else filters.push(readFilter(param, text));
  }
  const sort = options.get("sort");
  return {
    filters,
    sort: sort === undefined ? [] : parseSort(sort, fields),
    shown: parseShown(options.get("fields"), fields),
    limit: parseLimit(options.get("limit")),
    cursor: options.get("cursor"),
  };
};

/** What a cursor belongs to: the list with its filters and its order, however long they are. */
export const toListName = (path: string, { filters, sort }: ListRequest): string => {
  const parts = filters.map(({ name, operator, values }) =>
    JSON.stringify([name, operator, values]),
  );
  return hash("sha1", JSON.stringify([path, parts.sort(), sort]), "base64url");
};
