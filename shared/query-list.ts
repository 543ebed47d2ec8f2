/**
 * Answers lists: finds where the rows can be, reads a page in the list's order, and joins partners
 * to its rows, one statement for all of them.
 */
import { z } from "zod";
import { type DirectoryName, findHomes } from "./directory.ts";
import type { PlacementMap } from "./placement.ts";
import { type OrderKey, type Position, type Scope, toRangeScope } from "./query-conditions.ts";
import { homeText, parseCursor, toCursor, wholeNumber } from "./query-cursor.ts";
import { readPage } from "./query-page.ts";
import {
  type ListPlan,
  needsPlacement,
  type Partner,
  type PlannedJoin,
  planList,
  type Source,
} from "./query-plan.ts";
import { isId, type ListRequest, toListName, type Value } from "./query-request.ts";
import { type Item, rowsPerStatement } from "./query-rows.ts";
import type { Row, Sql } from "./sql.ts";

export interface ListDeps {
  readonly tagenal: Pick<Sql, "query">;
  readonly placement: () => Promise<PlacementMap>;
}

const NO_PLACEMENT: PlacementMap = { version: 0, users: {}, articles: {}, ranks: {} };

/** Undefined: nothing fits, and no statement is needed to know. */
const findScope = async (
  { tagenal }: ListDeps,
  { source, request, directory }: Ask & { readonly directory: ByKey },
  map: PlacementMap,
): Promise<Scope | undefined> => {
  const range = toRangeScope(source.fields, request.filters, map);
  const byKey = request.filters.find(
    ({ name, operator }) => name === directory.field && (operator === "eq" || operator === "in"),
  );
  if (range === undefined || byKey === undefined) return range;
  const homes = await findHomes(tagenal, directory.name, byKey.values.map(Number));
  return homes.size === 0 ? undefined : { homes: [...new Set(homes.values())] };
};

const toValueSchema = ({ column, kind }: OrderKey): z.ZodType<Value> => {
  if (kind === "home") return homeText;
  if (kind !== "text") return wholeNumber;
  return column === "id" ? z.string().refine(isId) : z.string();
};

const toPositionSchema = (order: readonly OrderKey[]) => {
  const schemas = order.map(toValueSchema);
  return z
    .array(z.union([z.string(), z.number()]))
    .length(order.length)
    .refine((values) => schemas.every((schema, index) => schema.safeParse(values[index]).success));
};

const toPosition = (order: readonly OrderKey[], row: Row): Position =>
  order.map(({ column, kind }) =>
    kind === "text" || kind === "home" ? String(row[column]) : Number(row[column]),
  );

const partnerOf = (home: unknown, key: unknown): string => `${home}/${key}`;

/** The rows with what their partners have; undefined in place of a row that has to have one and has not. */
const joinPartners = async (
  tagenal: Pick<Sql, "query">,
  join: PlannedJoin,
  rows: readonly (Row | undefined)[],
): Promise<(Row | undefined)[]> => {
  const [home, key] = join.by.map(({ column }) => column) as [string, string];
  const wanted = new Map(
    rows
      .filter((row) => row !== undefined)
      .map((row): [string, Partner] => [
        partnerOf(row[home], row[key]),
        [BigInt(String(row[home])), row[key] as Value],
      ]),
  );
  if (wanted.size === 0) return [...rows];
  const { sql, values } = join.toStatement([...wanted.values()]);
  const partners = new Map(
    (await tagenal.query(sql, values)).map((row) => [
      partnerOf(row[join.keys[0].column], row[join.keys[1].column]),
      row,
    ]),
  );
  const columns = join.fields.map(({ column }) => column);
  return rows.map((row) => {
    const partner = partners.get(partnerOf(row?.[home], row?.[key]));
    if (row === undefined || (partner === undefined && join.hasToFit)) return undefined;
    const joined: Record<string, unknown> = { ...row };
    for (const column of columns) joined[column] = partner?.[column] ?? null;
    return joined;
  });
};

const createToItems =
  (tagenal: Pick<Sql, "query">, { shown, joins }: ListPlan) =>
  async (rows: readonly Row[]): Promise<(Item | undefined)[]> => {
    let joined: readonly (Row | undefined)[] = rows;
    for (const join of joins) joined = await joinPartners(tagenal, join, joined);
    const names = shown.map(({ name, column }) => [name, column] as const);
    return joined.map((row) => {
      if (row === undefined) return undefined;
      const item: Item = {};
      for (const [name, column] of names) item[name] = row[column];
      return item;
    });
  };

const EMPTY_PAGE = '{"items":[],"next":null}';

export interface Ask {
  readonly source: Source;
  /** Names the list in its cursors. */
  readonly path: string;
  readonly request: ListRequest;
  /** All rows have the same home. */
  readonly hasOneHome?: boolean;
}

const findMap = async ({ placement }: ListDeps, { source, request }: Ask): Promise<PlacementMap> =>
  needsPlacement(source, request) ? placement() : NO_PLACEMENT;

/** Checks the request, and then reads, for where the rows can be, the JSON of {items, next}. */
export const askList = async (
  deps: ListDeps,
  ask: Ask,
): Promise<(scope: Scope) => Promise<string>> => {
  const { tagenal } = deps;
  const { source, path, request, hasOneHome = false } = ask;
  const name = toListName(path, request);
  const plan = planList(source, request, { map: await findMap(deps, ask), hasOneHome });
  const { order, joins, shown } = plan;
  const sorted = source.fields.filter(({ name: field }) =>
    request.sort.some((key) => key.name === field),
  );
  const page = {
    limit: request.limit,
    batch: rowsPerStatement([...shown, ...sorted]),
    isThinned: joins.some(({ hasToFit }) => hasToFit),
    after: parseCursor(request.cursor, name, toPositionSchema(order)),
    positionOf: (row: Row) => toPosition(order, row),
    toItems: createToItems(tagenal, plan),
    toNext: (last: Position) => toCursor(name, last),
  };
  return (scope) =>
    readPage<Row, Position>({
      ...page,
      fetch: async (after, count) => {
        const { sql, values } = plan.toPage(scope, after, count);
        return tagenal.query(sql, values);
      },
    });
};

/** The field by which a directory knows homes. */
export interface ByKey {
  readonly name: DirectoryName;
  readonly field: string;
}

/** The JSON of {items, next}, of wherever the filters let rows be. */
export const readList = async (
  deps: ListDeps,
  ask: Ask & { readonly directory: ByKey },
): Promise<string> => {
  const readAt = await askList(deps, ask);
  const scope = await findScope(deps, ask, await findMap(deps, ask));
  return scope === undefined ? EMPTY_PAGE : readAt(scope);
};
