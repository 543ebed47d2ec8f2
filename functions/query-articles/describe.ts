/** What query-articles answers. */
import { z } from "zod";
import {
  type Described,
  ifNoneMatch,
  jsonAnswers,
  pageOf,
  pathParameter,
  queryParameter,
} from "#shared/api-description.ts";
import { articleShape, wholeArticle } from "#shared/describe-article.ts";
import {
  cursorParameter,
  fieldsParameter,
  limitParameter,
  listParameters,
  toItemShape,
} from "#shared/describe-fields.ts";
import { articlesSource, beReadFields, readersSource } from "./articles-source.ts";
import { listNames } from "./be-read.ts";
import { articleFields } from "./query-articles.ts";

const article = z.strictObject(articleShape).meta({ id: "Article" });
const beRead = z.strictObject(toItemShape(beReadFields, ["timestamp"])).meta({ id: "BeRead" });
const reader = z.strictObject(toItemShape(readersSource.fields));
const tag = "articles";
const aid = pathParameter("aid");

export const described: readonly Described[] = [
  {
    ...{ method: "GET", path: "/v1/articles", id: "listArticles", tag },
    summary: "Articles by any of their fields",
    parameters: [...listParameters(articlesSource.fields), ifNoneMatch],
    answers: jsonAnswers("a page of articles", pageOf(article)),
    problems: [400],
  },
  {
    ...{ method: "GET", path: "/v1/articles/:aid", id: "getArticle", tag },
    summary: "One article with its counts and the addresses of its files",
    parameters: [aid, fieldsParameter(articleFields), ifNoneMatch],
    answers: jsonAnswers("the article", wholeArticle),
    problems: [400, 404],
  },
  {
    ...{ method: "GET", path: "/v1/articles/:aid/be-read", id: "listBeReadUids", tag },
    summary: "The uids of who read, commented on, agreed with or shared an article",
    parameters: [
      aid,
      {
        ...queryParameter("list", { type: "string", enum: listNames }, "which of the four lists"),
        required: true,
      },
      limitParameter,
      cursorParameter,
      ifNoneMatch,
    ],
    answers: jsonAnswers("a page of uids, in rising order", pageOf(z.int().min(0))),
    problems: [400, 404],
  },
  {
    ...{ method: "GET", path: "/v1/articles/:aid/readers", id: "listReaders", tag },
    summary: "The users who read an article",
    description: "Filters that begin with `read.` want users whose read of it fits them all.",
    parameters: [aid, ...listParameters(readersSource.fields, { isSorted: false }), ifNoneMatch],
    answers: jsonAnswers("a page of users", pageOf(reader)),
    problems: [400, 404],
  },
  {
    ...{ method: "GET", path: "/v1/be-reads", id: "listBeReads", tag },
    summary: "The counts of articles that were read",
    parameters: [...listParameters(beReadFields), ifNoneMatch],
    answers: jsonAnswers("a page of counts", pageOf(beRead)),
    problems: [400],
  },
];
