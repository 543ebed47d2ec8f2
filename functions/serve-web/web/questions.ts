/**
 * What the pages ask the API, by page: so that a page can be asked for ahead. Pure.
 */
import { DEFAULT_DAY, type Granularity, granularities, PAGE_SIZE } from "./choices.ts";
import { type ArticlesChoice, type Page, type UsersChoice, withQuery } from "./route.ts";

export const toArticle = (aid: number | string): string =>
  `/v1/articles/${encodeURIComponent(aid)}`;

const articleFields = "aid,timestamp,title,category,abstract,authors,language,articleTags,image";

/** How many of the newest articles the first page shows. */
export const NEWEST = 6;

/** The newest first. */
export const toArticles = ({ tag, ...choice }: ArticlesChoice, limit = PAGE_SIZE): string =>
  withQuery("/v1/articles", {
    ...choice,
    articleTags: tag,
    sort: "-timestamp",
    fields: articleFields,
    limit,
  });

const userFields = "uid,name,gender,region,dept,grade,role,language,obtainedCredits,preferTags";
/** Comes after whatever a name may go on with. */
const LAST = "\uffff";

export const toUsers = ({ startsWith, tag, ...choice }: UsersChoice): string =>
  withQuery("/v1/users", {
    ...choice,
    preferTags: tag,
    "name[gte]": startsWith,
    "name[lt]": startsWith === undefined ? undefined : startsWith + LAST,
    fields: userFields,
    limit: PAGE_SIZE,
  });

export const toUser = (uid: number | string): string => `/v1/users/${encodeURIComponent(uid)}`;

export const toReadsOf = (uid: number | string, cursor?: string): string =>
  withQuery(`${toUser(uid)}/reads`, { limit: PAGE_SIZE, sort: "-timestamp", cursor });

/** What a reader has already done with an article. */
export const toDeedsOf = (uid: number, aid: number): string =>
  withQuery(`${toUser(uid)}/reads`, {
    aid,
    fields: "readOrNot,agreeOrNot,commentOrNot,shareOrNot",
    limit: 1_000,
  });

export type Flag = "readOrNot" | "agreeOrNot" | "commentOrNot" | "shareOrNot";

export const toReaders = (aid: number, flag: Flag, cursor?: string): string =>
  withQuery(`${toArticle(aid)}/readers`, {
    [`read.${flag}`]: 1,
    fields: "uid,name,region",
    limit: 24,
    cursor,
  });

export const toComments = (aid: number, cursor?: string): string =>
  withQuery("/v1/reads", {
    aid,
    commentOrNot: 1,
    sort: "-timestamp",
    fields: "id,uid,timestamp,commentDetail",
    limit: 10,
    cursor,
  });

export const toNames = (uids: readonly number[]): string =>
  withQuery("/v1/users", { "uid[in]": uids.join(","), fields: "uid,name", limit: 100 });

export const toRank = (granularity: Granularity, date: string): string =>
  `/v1/ranks/${granularity}/${encodeURIComponent(date)}`;

/** What a page needs to be shown; pages of the console are not asked for ahead. */
export const questionsOf = (page: Page): string[] => {
  switch (page.name) {
    case "home":
      return [...granularities.map((one) => toRank(one, DEFAULT_DAY)), toArticles({}, NEWEST)];
    case "users":
      return [toUsers(page.choice)];
    case "user":
      return [toUser(page.uid), toReadsOf(page.uid, page.cursor)];
    case "articles":
      return [toArticles(page.choice)];
    case "article":
      return [toArticle(page.aid)];
    case "ranks":
      return [toRank(page.granularity, page.date)];
    default:
      return [];
  }
};
