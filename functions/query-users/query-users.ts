/**
 * Answers users: one by uid, lists by any of their fields and by what they read, and a user's
 * reads.
 *
 * 1. Each touches one shard, except lists that neither region nor uid bounds: they merge the
 *    shards' own order.
 * 2. A uid that nobody has is 404, also for its reads.
 */
import type { Cache } from "#shared/cache.ts";
import type { Tag } from "#shared/cache-tags.ts";
import type { Route, RouteRequest } from "#shared/http-function.ts";
import { Problem } from "#shared/problem.ts";
import { fieldsOf } from "#shared/query-fields.ts";
import type { Homes } from "#shared/query-home.ts";
import { askList, type ListDeps, readList } from "#shared/query-list.ts";
import { parseKey, readParams } from "#shared/query-params.ts";
import { readsByUser } from "#shared/query-reads.ts";
import { createRead, type Made, toAnswer } from "#shared/query-reply.ts";
import { type ListRequest, parseListRequest, parseShown } from "#shared/query-request.ts";
import { createToItem, toSelectList } from "#shared/query-rows.ts";
import { users } from "#shared/tables.ts";
import { usersSource } from "./users-source.ts";

export interface QueryUsersDeps extends ListDeps {
  readonly homes: Homes;
  readonly cache: Pick<Cache, "find">;
}

export const USER_SQL = `SELECT ${toSelectList(users, "u")} FROM user u WHERE u.home = ? AND u.uid = ?`;
export const USER_EXISTS_SQL = "SELECT u.uid FROM user u WHERE u.home = ? AND u.uid = ?";

const toItem = createToItem(users);
const fields = fieldsOf(users, { alias: "u" });

const uidOf = ({ params }: RouteRequest): number => parseKey("uid", params["uid"] ?? "");

const unknownUser = (uid: number): Problem =>
  new Problem("not-found", `there is no user ${uid}`, { field: "uid" });

const createGetUser =
  ({ tagenal, homes }: QueryUsersDeps) =>
  async (request: RouteRequest): Promise<Made> => {
    const uid = uidOf(request);
    const shown = parseShown(readParams(request.query, ["fields"]).fields, fields);
    const row = await homes.find(uid, async (home) => {
      const [found] = await tagenal.query(USER_SQL, [home, uid]);
      return found;
    });
    if (row === undefined) throw unknownUser(uid);
    return toAnswer(JSON.stringify(toItem(row, shown)));
  };

const createListUsers =
  (deps: QueryUsersDeps) =>
  async ({ query }: RouteRequest): Promise<Made> => {
    const request = parseListRequest(query, usersSource.fields);
    const json = await readList(deps, {
      source: usersSource,
      directory: { name: "users", field: "uid" },
      path: "users",
      request,
    });
    return toAnswer(json);
  };

/** Newest first, unless asked otherwise. */
const toReadsRequest = (query: URLSearchParams, uid: number): ListRequest => {
  const request = parseListRequest(query, readsByUser.fields);
  const sort = request.sort.length > 0 ? request.sort : [{ name: "timestamp", isDescending: true }];
  const ofUser = { name: "uid", operator: "eq", values: [uid] } as const;
  return { ...request, sort, filters: [ofUser, ...request.filters] };
};

const createGetReads =
  (deps: QueryUsersDeps) =>
  async (asked: RouteRequest): Promise<Made> => {
    const { tagenal, homes } = deps;
    const uid = uidOf(asked);
    const request = toReadsRequest(asked.query, uid);
    const ask = { source: readsByUser, path: "users/reads", request, hasOneHome: true };
    const readAt = await askList(deps, ask);
    const json = await homes.find(uid, async (home) => {
      // A user without reads has an empty page; a home where the user is not has no page.
      const [page, owners] = await Promise.all([
        readAt({ homes: [home] }),
        tagenal.query(USER_EXISTS_SQL, [home, uid]),
      ]);
      return owners.length > 0 ? page : undefined;
    });
    if (json === undefined) throw unknownUser(uid);
    return toAnswer(json);
  };

const isOfReads = (param: string): boolean => param.startsWith("read.");

const tagsOfList = ({ query }: RouteRequest): [Tag, ...Tag[]] =>
  [...query.keys()].some(isOfReads) ? ["users", "reads"] : ["users"];

/** The reads are shown with what their articles are called. */
const tagsOfReads = (request: RouteRequest): [Tag, ...Tag[]] => {
  const uid = uidOf(request);
  return [`user/${uid}`, `user/${uid}/reads`, "articles"];
};

export const createQueryUsers = (deps: QueryUsersDeps): Route[] => {
  const read = createRead(deps.cache);
  return [
    read({ method: "GET", path: "/v1/users", tags: tagsOfList, answer: createListUsers(deps) }),
    read({
      method: "GET",
      path: "/v1/users/:uid",
      tags: (request) => [`user/${uidOf(request)}`],
      answer: createGetUser(deps),
    }),
    read({
      method: "GET",
      path: "/v1/users/:uid/reads",
      tags: tagsOfReads,
      answer: createGetReads(deps),
    }),
  ];
};
