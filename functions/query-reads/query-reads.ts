/**
 * Answers lists of reads by any of their fields and by the category of their article, each read
 * with its article's title and category. Those of a user touch her shard; those of an article its
 * shard, and then the shards of their readers.
 */
import type { Cache } from "#shared/cache.ts";
import type { Tag } from "#shared/cache-tags.ts";
import type { Route, RouteRequest } from "#shared/http-function.ts";
import { type ListDeps, readList } from "#shared/query-list.ts";
import { parseInteger } from "#shared/query-params.ts";
import { chooseReads, readsByUser } from "#shared/query-reads.ts";
import { createRead, type Made, toAnswer } from "#shared/query-reply.ts";
import { parseListRequest } from "#shared/query-request.ts";

export interface QueryReadsDeps extends ListDeps {
  readonly cache: Pick<Cache, "find">;
}

const createListReads =
  (deps: ListDeps) =>
  async ({ query }: RouteRequest): Promise<Made> => {
    const request = parseListRequest(query, readsByUser.fields);
    const json = await readList(deps, { ...chooseReads(request), path: "reads", request });
    return toAnswer(json);
  };

/** Those of one user or article are all that a list of hers or its depends on. */
const tagsOf = ({ query }: RouteRequest): [Tag, ...Tag[]] => {
  const [uid, aid] = ["uid", "aid"].map((name) => parseInteger(query.get(name) ?? ""));
  if (uid !== undefined) return [`user/${uid}/reads`, "articles"];
  if (aid !== undefined) return [`article/${aid}/reads`, `article/${aid}`];
  return ["reads", "articles"];
};

export const createQueryReads = (deps: QueryReadsDeps): Route[] => [
  createRead(deps.cache)({
    method: "GET",
    path: "/v1/reads",
    tags: tagsOf,
    answer: createListReads(deps),
  }),
];
