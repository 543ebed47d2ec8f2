/**
 * The verbs that write a user or an article: POST a new one, PATCH some of its fields, DELETE it.
 *
 * 1. PATCH and DELETE with If-Match are done only to the state that the caller has seen.
 * 2. Another region or category moves the row and what hangs on it: an operation, answered 202.
 */
import type { Change } from "#events/rows-changed.ts";
import type { Changes } from "./changes.ts";
import { type DirectoryName, directories } from "./directory.ts";
import { checkIfMatch, toTag } from "./entity-tag.ts";
import type { Route, RouteRequest } from "./http-function.ts";
import type { RequestMove } from "./moves.ts";
import type { Owners } from "./owners.ts";
import { parseBody } from "./parse-body.ts";
import { type PlacementMap, placement, placingField } from "./placement.ts";
import { Problem } from "./problem.ts";
import { parseKey, readParams } from "./query-params.ts";
import { createToItem, type Item } from "./query-rows.ts";
import type { Reply } from "./respond.ts";
import { type RowFields, toChangesSchema, toNewRowSchema } from "./row-schema.ts";
import type { Row } from "./sql.ts";
import { tables } from "./tables.ts";
import type { Once } from "./write-once.ts";

export interface OwnerRoutesDeps {
  readonly owners: Owners;
  readonly once: Once;
  readonly requestMove: RequestMove;
  /** Throws a Problem where what the fields refer to is not there. */
  readonly checkFields?: (id: number, fields: RowFields) => Promise<void>;
  readonly changes: Pick<Changes, "during">;
  /** The map in force now. */
  readonly placement: () => Promise<PlacementMap>;
}

const toChange = (name: DirectoryName, key: number): Change =>
  name === "users" ? { table: "users", uids: [key] } : { table: "articles", aids: [key] };

/** A user's reads go with her, and with them what they count for any article. */
const toRemoval = (name: DirectoryName, key: number): Change[] =>
  name === "users" ? [toChange(name, key), { table: "reads" }] : [toChange(name, key)];

const idPrefix: Readonly<Record<DirectoryName, string>> = { users: "u", articles: "a" };

export const createOwnerRoutes = (
  { owners, once, requestMove, checkFields, changes, placement: readMap }: OwnerRoutesDeps,
  name: DirectoryName,
): { post: Route["handle"]; patch: Route["handle"]; remove: Route["handle"] } => {
  const table = tables[name];
  const { key } = directories[name];
  const newRow = toNewRowSchema(table);
  const changesOf = toChangesSchema(table, [key, "id"]);
  const toItem = createToItem(table);
  const shown = table.columns.filter(({ hidden }) => hidden !== true);

  const keyOf = ({ params }: RouteRequest): number => parseKey(key, params[key] ?? "");
  const unknown = (id: number): Problem =>
    new Problem("not-found", `there is no ${table.table} ${id}`, { field: key });
  const tagOf = (item: Item): string => toTag(JSON.stringify(item));
  const createCheck =
    ({ headers }: RouteRequest) =>
    (row: Row): void =>
      checkIfMatch(headers["if-match"], tagOf(toItem(row)));

  const create = async (body: unknown, isRepeat: boolean): Promise<Reply> => {
    const given = parseBody(newRow, body);
    const id = Number(given[key]);
    const fields: RowFields = { ...given, id: given["id"] ?? `${idPrefix[name]}${id}` };
    await checkFields?.(id, fields);
    await changes.during([toChange(name, id)], () => owners.create(fields, isRepeat));
    const item = Object.fromEntries(shown.map(({ field }) => [field, fields[field]]));
    const headers = { location: `/v1/${name}/${id}`, etag: tagOf(item) };
    return { status: 201, body: item, headers };
  };

  /** Undefined where the row stays where it is. */
  const move = async (
    id: number,
    wantedFields: RowFields,
    check: (row: Row) => void,
  ): Promise<Reply | undefined> => {
    const field = placingField[name];
    const to = wantedFields[field];
    if (to === undefined) return undefined;
    const row = await owners.read(id);
    if (row === undefined) throw unknown(id);
    check(row);
    if (row[field] === to) return undefined;
    if (Object.keys(wantedFields).length > 1)
      throw new Problem("unprocessable", `${field}: it is changed alone, since it moves rows`, {
        field,
      });
    // Throws where there is no such region or category.
    placement(await readMap(), name, String(to), id);
    const wanted = { table: name, key: id, from: String(row["home"]), to: String(to) };
    const { id: operation, kind, state } = await requestMove(wanted);
    const location = `/v1/operations/${operation}`;
    return { status: 202, body: { id: operation, kind, state }, headers: { location } };
  };

  return {
    post: async (request) => {
      readParams(request.query, []);
      return once(`/v1/${name}`, request, (isRepeat) => create(request.body, isRepeat));
    },
    patch: async (request) => {
      const id = keyOf(request);
      readParams(request.query, []);
      const wanted = parseBody(changesOf, request.body);
      const check = createCheck(request);
      const moving = await move(id, wanted, check);
      if (moving !== undefined) return moving;
      await checkFields?.(id, wanted);
      const isGuarded = request.headers["if-match"] !== undefined;
      const row = await changes.during([toChange(name, id)], () =>
        owners.change(id, wanted, { check, isGuarded }),
      );
      if (row === undefined) throw unknown(id);
      const item = toItem(row);
      return { status: 200, body: item, headers: { etag: tagOf(item) } };
    },
    remove: async (request) => {
      const id = keyOf(request);
      readParams(request.query, []);
      const isRemoved = await changes.during(toRemoval(name, id), () =>
        owners.remove(id, createCheck(request)),
      );
      if (!isRemoved) throw unknown(id);
      return { status: 204 };
    },
  };
};
