/**
 * Users as a list. Filters that begin with `read.` want a user who has a read that fits them all,
 * such as one of an article of a category in a range of time: reads lie with their user, so each
 * shard finds that out by itself.
 */
import { type Field, fieldsOf, withRanges } from "#shared/query-fields.ts";
import type { Source } from "#shared/query-plan.ts";
import { reads, users } from "#shared/tables.ts";

const ofReads = fieldsOf(reads, { alias: "r", at: "exists", prefix: "read.", isShown: false });

const readCategory: Field = {
  name: "read.category",
  column: "category",
  kind: "text",
  sql: "r.article_home",
  at: "exists",
  isShown: false,
  ranges: { of: "articles", sql: "r.article_home" },
};

export const usersSource: Source = {
  from: "user t",
  fields: [
    ...withRanges(fieldsOf(users, { alias: "t" }), "region", { of: "users", sql: "t.home" }),
    ...ofReads.filter(({ name }) => name !== "read.uid"),
    readCategory,
  ],
  ties: [{ column: "uid", sql: "t.uid", kind: "integer" }],
  exists: "user_read r WHERE r.home = t.home AND r.uid = t.uid",
};
