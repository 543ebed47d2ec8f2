/** The public form of one article: its fields with the counts of its be-read. */
import { toTag } from "./entity-tag.ts";
import { createToItem, type Item } from "./query-rows.ts";
import type { Row } from "./sql.ts";
import { articles } from "./tables.ts";

const toItem = createToItem(articles);

/** The name of the counts among an article's fields. */
export const BE_READ = "beRead";

/** An article that nobody has read yet has no row of counts. */
const toBeRead = (counts: Row | undefined): Item => ({
  readNum: counts?.["read_num"] ?? 0,
  commentNum: counts?.["comment_num"] ?? 0,
  agreeNum: counts?.["agree_num"] ?? 0,
  shareNum: counts?.["share_num"] ?? 0,
});

export const toArticleItem = (
  row: Row,
  counts: Row | undefined,
  shown?: ReadonlySet<string>,
): Item => {
  const item = toItem(row, shown);
  if (shown?.has(BE_READ) ?? true) item[BE_READ] = toBeRead(counts);
  return item;
};

/** Counts change by themselves, so they have a part of the tag of their own. */
export const toArticleTag = (row: Row): string =>
  toTag(JSON.stringify(toItem(row)), JSON.stringify(toBeRead(row)));
