/** The public form of one article: its fields, the counts of its be-read, and where its files are. */
import { toTag } from "./entity-tag.ts";
import { mediaNames, mediaPath } from "./media.ts";
import { createToItem, type Item } from "./query-rows.ts";
import type { Row } from "./sql.ts";
import { articles } from "./tables.ts";

const toItem = createToItem(articles);

/** The names of the counts and of the files' addresses among an article's fields. */
export const BE_READ = "beRead";
export const MEDIA = "media";

/** An article that nobody has read yet has no row of counts. */
const toBeRead = (counts: Row | undefined): Item => ({
  readNum: counts?.["read_num"] ?? 0,
  commentNum: counts?.["comment_num"] ?? 0,
  agreeNum: counts?.["agree_num"] ?? 0,
  shareNum: counts?.["share_num"] ?? 0,
});

const toMedia = (row: Row): Item => {
  const names = mediaNames({
    text: String(row["text"]),
    image: String(row["image"]),
    video: String(row["video"]),
  });
  const aid = Number(row["aid"]);
  const link = (name: string | undefined): string | null =>
    name === undefined ? null : mediaPath(aid, name);
  return { text: link(names.text), images: names.images.map(link), video: link(names.video) };
};

export const toArticleItem = (
  row: Row,
  counts: Row | undefined,
  shown?: ReadonlySet<string>,
): Item => {
  const item = toItem(row, shown);
  if (shown?.has(BE_READ) ?? true) item[BE_READ] = toBeRead(counts);
  if (shown?.has(MEDIA) ?? true) item[MEDIA] = toMedia(row);
  return item;
};

/** Counts change by themselves, so they have a part of the tag of their own. */
export const toArticleTag = (row: Row): string =>
  toTag(JSON.stringify(toItem(row)), JSON.stringify(toBeRead(row)));
