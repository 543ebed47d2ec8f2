/**
 * What of articles can be listed: the articles themselves, their be-reads, and the readers of one.
 *
 * 1. A be-read has the id of its article, and the time of its newest read; one whose counts are all
 *    0 is not shown. Article, be-read and its reads share a home, so that each shard joins its own.
 * 2. Readers are users. Filters that begin with `read.` want those who have a read of the article
 *    that fits them all. A reader who moves is found twice for a moment, hence the grouping.
 */
import { HOME } from "#shared/query-conditions.ts";
import { type Field, fieldsOf, type Key, withRanges } from "#shared/query-fields.ts";
import type { Source } from "#shared/query-plan.ts";
import type { ListRequest } from "#shared/query-request.ts";
import { articles, reads, users } from "#shared/tables.ts";

const AID: Key = { column: "aid", sql: "t.aid", kind: "integer" };
const byCategory = { of: "articles", sql: "t.home" } as const;

export const articlesSource: Source = {
  from: "article t",
  fields: withRanges(fieldsOf(articles, { alias: "t" }), "category", byCategory),
  ties: [AID],
};

const counts: readonly Field[] = (
  [
    ["readNum", "read_num"],
    ["commentNum", "comment_num"],
    ["agreeNum", "agree_num"],
    ["shareNum", "share_num"],
  ] as const
).map(([name, column]) => ({
  name,
  column,
  kind: "integer",
  sql: `t.${column}`,
  at: "main",
  isShown: true,
}));

const NEWEST_READ = "newest_read";
const hasCounts = `(${counts.map(({ sql }) => `${sql} > 0`).join(" OR ")})`;

/** `alias`: of what has the id and category of the article. */
const toBeReadFields = (alias: string, timestamp: Pick<Field, "sql" | "at">): Field[] => [
  ...fieldsOf(articles, { alias, only: ["id"] }),
  { name: "timestamp", column: NEWEST_READ, kind: "time", isShown: true, ...timestamp },
  { ...AID, name: "aid", at: "main", isShown: true },
  ...withRanges(fieldsOf(articles, { alias, only: ["category"] }), "category", byCategory),
  ...counts,
];

const beReads: Source = {
  from: "be_read t JOIN article a ON a.home = t.home AND a.aid = t.aid",
  fields: toBeReadFields("a", { sql: "MAX(r.timestamp)", at: "newest" }),
  ties: [AID],
  where: hasCounts,
  joins: [
    {
      name: "newest",
      from: "article_read r",
      keys: [
        { column: "home", sql: "r.home", kind: "home" },
        { column: "aid", sql: "r.aid", kind: "integer" },
      ],
      by: [HOME, AID],
      groupBy: "r.home, r.aid",
    },
  ],
};

/**
 * The same by their time, which is looked up for every one of them. In a derived table, because
 * vtgate takes such a subquery nowhere but in a select list.
 */
const beReadsByTime: Source = {
  from:
    `(SELECT b.home, b.aid, a.id, a.category, ${counts.map(({ column }) => `b.${column}`).join(", ")}, ` +
    "COALESCE((SELECT MAX(r.timestamp) FROM article_read r WHERE r.home = b.home AND r.aid = b.aid), 0) " +
    `AS ${NEWEST_READ} FROM be_read b JOIN article a ON a.home = b.home AND a.aid = b.aid) t`,
  fields: toBeReadFields("t", { sql: `t.${NEWEST_READ}`, at: "main" }),
  ties: [AID],
  where: hasCounts,
};

/** What be-reads can be asked by. */
export const beReadFields = beReadsByTime.fields;

export const chooseBeReads = ({ filters, sort }: ListRequest): Source =>
  [...filters, ...sort].some(({ name }) => name === "timestamp") ? beReadsByTime : beReads;

const readFields = fieldsOf(reads, {
  alias: "t",
  prefix: "read.",
  isShown: false,
  only: [
    ...["id", "timestamp", "aid"],
    ...reads.columns.filter(({ kind }) => kind === "flag").map(({ field }) => field),
  ],
});

const userFields = fieldsOf(users, { alias: "u", at: "user" });
const UID: Key = { column: "uid", sql: "t.uid", kind: "integer" };

export const readersSource: Source = {
  from: "article_read t",
  fields: [
    ...withRanges(userFields, "region", { of: "users", sql: "t.reader_home" }).map((field) =>
      field.name === "uid" ? { ...field, ...UID, at: "main" } : field,
    ),
    ...readFields,
  ],
  ties: [UID],
  groupBy: "t.uid",
  joins: [
    {
      name: "user",
      from: "user u",
      keys: [
        { column: "home", sql: "u.home", kind: "home" },
        { column: "uid", sql: "u.uid", kind: "integer" },
      ],
      by: [{ column: "reader_home", sql: "MAX(t.reader_home)", kind: "home" }, UID],
      isInner: true,
    },
  ],
};
