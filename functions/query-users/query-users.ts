/**
 * Answers users: one by uid, those of a region or all of them in pages, and a user's reads.
 *
 * 1. Each touches one shard, except the list of all users, which merges the shards' own order.
 * 2. A uid that nobody has is 404, also for its reads.
 */
import type { Route, RouteRequest } from "#shared/http-function.ts";
import type { PlacementMap } from "#shared/placement.ts";
import { Problem } from "#shared/problem.ts";
import type { Homes } from "#shared/query-home.ts";
import { parseKey, parseLimit, readParams } from "#shared/query-params.ts";
import { listRange } from "#shared/query-range.ts";
import { toJsonReply } from "#shared/query-reply.ts";
import { createToItem, toSelectList } from "#shared/query-rows.ts";
import type { Reply } from "#shared/respond.ts";
import type { Sql } from "#shared/sql.ts";
import { users } from "#shared/tables.ts";
import { createListReads } from "./user-reads.ts";

export interface QueryUsersDeps {
  readonly tagenal: Pick<Sql, "query">;
  readonly homes: Homes;
  readonly placement: () => Promise<PlacementMap>;
}

export const USER_SQL = `SELECT ${toSelectList(users, "u")} FROM user u WHERE u.home = ? AND u.uid = ?`;
export const USER_EXISTS_SQL = "SELECT u.uid FROM user u WHERE u.home = ? AND u.uid = ?";

const toItem = createToItem(users);

const uidOf = ({ params }: RouteRequest): number => parseKey("uid", params["uid"] ?? "");

const unknownUser = (uid: number): Problem =>
  new Problem("not-found", `there is no user ${uid}`, { field: "uid" });

const createGetUser =
  ({ tagenal, homes }: QueryUsersDeps) =>
  async (request: RouteRequest): Promise<Reply> => {
    const uid = uidOf(request);
    readParams(request.query, []);
    const row = await homes.find(uid, async (home) => {
      const [found] = await tagenal.query(USER_SQL, [home, uid]);
      return found;
    });
    if (row === undefined) throw unknownUser(uid);
    return toJsonReply(JSON.stringify(toItem(row)), request.headers["if-none-match"]);
  };

const createListUsers =
  (deps: QueryUsersDeps) =>
  async ({ query, headers }: RouteRequest): Promise<Reply> => {
    const { region, limit, cursor } = readParams(query, ["region", "limit", "cursor"]);
    const json = await listRange(deps, {
      list: "users",
      table: users,
      value: region,
      limit,
      cursor,
    });
    return toJsonReply(json, headers["if-none-match"]);
  };

const createGetReads = ({ tagenal, homes }: QueryUsersDeps) => {
  const listReads = createListReads(tagenal);
  return async (request: RouteRequest): Promise<Reply> => {
    const uid = uidOf(request);
    const { limit, cursor } = readParams(request.query, ["limit", "cursor"]);
    const readPageAt = listReads({ uid, limit: parseLimit(limit), cursor });
    const json = await homes.find(uid, async (home) => {
      // A user without reads has an empty page; a home where the user is not has no page.
      const [page, owners] = await Promise.all([
        readPageAt(home),
        tagenal.query(USER_EXISTS_SQL, [home, uid]),
      ]);
      return owners.length > 0 ? page : undefined;
    });
    if (json === undefined) throw unknownUser(uid);
    return toJsonReply(json, request.headers["if-none-match"]);
  };
};

export const createQueryUsers = (deps: QueryUsersDeps): Route[] => [
  { method: "GET", path: "/v1/users", handle: createListUsers(deps) },
  { method: "GET", path: "/v1/users/:uid", handle: createGetUser(deps) },
  { method: "GET", path: "/v1/users/:uid/reads", handle: createGetReads(deps) },
];
