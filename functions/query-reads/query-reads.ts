/**
 * Answers lists of reads by any of their fields and by the category of their article, each read
 * with its article's title and category. Those of a user touch her shard; those of an article its
 * shard, and then the shards of their readers.
 */
import type { Route, RouteRequest } from "#shared/http-function.ts";
import { type ListDeps, readList } from "#shared/query-list.ts";
import { chooseReads, readsByUser } from "#shared/query-reads.ts";
import { toJsonReply } from "#shared/query-reply.ts";
import { parseListRequest } from "#shared/query-request.ts";
import type { Reply } from "#shared/respond.ts";

const createListReads =
  (deps: ListDeps) =>
  async ({ query, headers }: RouteRequest): Promise<Reply> => {
    const request = parseListRequest(query, readsByUser.fields);
    const json = await readList(deps, { ...chooseReads(request), path: "reads", request });
    return toJsonReply(json, headers["if-none-match"]);
  };

export const createQueryReads = (deps: ListDeps): Route[] => [
  { method: "GET", path: "/v1/reads", handle: createListReads(deps) },
];
