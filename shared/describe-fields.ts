/** Describes the fields of lists (query-fields.ts) as parameters of a request and as items of its answer. */
import { z } from "zod";
import {
  type JsonSchema,
  type Parameter,
  queryParameter,
  wholeNumberSchema,
} from "./api-description.ts";
import { type Field, isSortable } from "./query-fields.ts";
import { DEFAULT_LIMIT, LARGEST_LIMIT } from "./query-params.ts";
import {
  ISO_TIME,
  MOST_SORT_KEYS,
  MOST_VALUES,
  type Operator,
  operators,
} from "./query-request.ts";

const ASCII = "^[ -~]*$";

const toValue = ({ kind, column }: Field): JsonSchema => {
  if (kind === "flag") return { type: "integer", enum: [0, 1] };
  if (kind === "integer") return wholeNumberSchema;
  if (kind !== "time")
    return column === "id" ? { type: "string", pattern: ASCII } : { type: "string" };
  const time = { type: "string", pattern: ISO_TIME.source, examples: ["2018-05-01"] };
  return { anyOf: [wholeNumberSchema, time] };
};

const words: Readonly<Record<Operator, string>> = {
  eq: "equal",
  gte: "from this on",
  gt: "after this",
  lte: "up to this",
  lt: "before this",
  in: "one of these",
};

const toFilter = (field: Field, operator: Operator): Parameter => {
  const name = operator === "eq" ? field.name : `${field.name}[${operator}]`;
  const value = toValue(field);
  if (operator !== "in") return queryParameter(name, value, words[operator]);
  // A comma inside a value would end it.
  const item =
    field.kind === "text" && field.column !== "id" ? { ...value, pattern: "^[^,]*$" } : value;
  const items = field.column === "id" ? { ...value, pattern: "^[ -+\\--~]*$" } : item;
  const schema = { type: "array", items, minItems: 1, maxItems: MOST_VALUES };
  return { ...queryParameter(name, schema, words.in), style: "form", explode: false };
};

const toNames = (
  name: string,
  names: readonly string[],
  { most, text }: { readonly most: number; readonly text: string },
): Parameter => {
  const items = { type: "string", enum: names };
  const schema = { type: "array", items, minItems: 1, maxItems: most, uniqueItems: true };
  return { ...queryParameter(name, schema, text), style: "form", explode: false };
};

export const limitParameter = queryParameter(
  "limit",
  { type: "integer", minimum: 1, maximum: LARGEST_LIMIT, default: DEFAULT_LIMIT },
  "at most so many items",
);
export const cursorParameter = queryParameter(
  "cursor",
  { type: "string", minLength: 1 },
  "`next` of the page before",
);

/** Which fields to show. */
export const fieldsParameter = (fields: readonly Field[]): Parameter => {
  const names = fields.filter(({ isShown }) => isShown).map(({ name }) => name);
  return toNames("fields", names, { most: names.length, text: "show only these fields" });
};

const sortParameter = (fields: readonly Field[]): Parameter => {
  const names = fields.filter(isSortable).flatMap(({ name }) => [name, `-${name}`]);
  return toNames("sort", names, { most: MOST_SORT_KEYS, text: "in this order; - is descending" });
};

/** All that parseListRequest takes. */
export const listParameters = (fields: readonly Field[], { isSorted = true } = {}): Parameter[] => [
  ...(isSorted ? [sortParameter(fields)] : []),
  fieldsParameter(fields),
  limitParameter,
  cursorParameter,
  ...fields.flatMap((field) =>
    (Object.keys(operators) as Operator[]).map((operator) => toFilter(field, operator)),
  ),
];

const toShown = ({ kind }: Field): z.ZodType => {
  if (kind === "text") return z.string();
  return kind === "flag" ? z.int().min(0).max(1) : z.int().min(0);
};

/**
 * An item with these fields. Each may be missing: the caller chooses which are shown. `nullable`:
 * those of a partner that may be gone.
 */
export const toItemShape = (
  fields: readonly Field[],
  nullable: readonly string[] = [],
): Record<string, z.ZodType> =>
  Object.fromEntries(
    fields
      .filter(({ isShown }) => isShown)
      .map((field) => {
        const schema = toShown(field);
        const { name } = field;
        return [name, (nullable.includes(name) ? schema.nullable() : schema).optional()];
      }),
  );
