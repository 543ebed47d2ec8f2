/**
 * Lists of reads, each read with the title and category of its article.
 *
 * 1. Reads lie at their user's home: those of a user are one shard's. Those of an article are found
 *    by `article_read`, at the article's home, and then read where they lie: a moment after they
 *    were written.
 * 2. An article that is gone leaves its reads behind: their title and category are null.
 */
import type { DirectoryName } from "./directory.ts";
import { type Field, fieldsOf, isSortable, type Key, withRanges } from "./query-fields.ts";
import type { Join, Source } from "./query-plan.ts";
import type { ListRequest } from "./query-request.ts";
import { articles, reads } from "./tables.ts";

const key = (column: string, alias: string): Key => ({
  column,
  sql: `${alias}.${column}`,
  kind: column.endsWith("home") ? "home" : "integer",
});
const ID: Key = { column: "id", sql: "t.id", kind: "text" };

/** What article_read has of a read. */
const indexed = ["id", "timestamp", "uid", "aid"].concat(
  reads.columns.filter(({ kind }) => kind === "flag").map(({ field }) => field),
);

/** Their category is known by the home of their article. */
const toArticleFields = (articleHome: string): Field[] =>
  withRanges(
    fieldsOf(articles, { alias: "a", at: "article", only: ["title", "category"] }),
    "category",
    { of: "articles", sql: articleHome },
  );

const toArticleJoin = (articleHome: Key): Join => ({
  name: "article",
  from: "article a",
  keys: [key("home", "a"), key("aid", "a")],
  by: [articleHome, key("aid", "t")],
});

export const readsByUser: Source = {
  from: "user_read t",
  fields: [...fieldsOf(reads, { alias: "t" }), ...toArticleFields("t.article_home")],
  ties: [ID],
  joins: [toArticleJoin(key("article_home", "t"))],
};

const readsByArticle: Source = {
  from: "article_read t",
  fields: [
    ...fieldsOf(reads, { alias: "u", at: "read" }).map((field) =>
      indexed.includes(field.name) ? { ...field, sql: `t.${field.column}`, at: "main" } : field,
    ),
    ...toArticleFields("t.home"),
  ],
  ties: [key("uid", "t"), key("reader_home", "t"), ID],
  joins: [
    {
      name: "read",
      from: "user_read u",
      keys: [key("home", "u"), { column: "id", sql: "u.id", kind: "text" }],
      by: [key("reader_home", "t"), ID],
      isInner: true,
    },
    toArticleJoin(key("home", "t")),
  ],
};

/** By user where a user is asked for, or where the order needs what only the reads themselves have. */
export const chooseReads = ({
  filters,
  sort,
}: ListRequest): { source: Source; directory: { name: DirectoryName; field: string } } => {
  const isAsked = (name: string): boolean =>
    filters.some((filter) => filter.name === name && /^(eq|in)$/.test(filter.operator));
  const sortable = readsByArticle.fields.filter(isSortable);
  const isSorted = sort.every(({ name }) => sortable.some((field) => field.name === name));
  return isAsked("aid") && !isAsked("uid") && isSorted
    ? { source: readsByArticle, directory: { name: "articles", field: "aid" } }
    : { source: readsByUser, directory: { name: "users", field: "uid" } };
};
