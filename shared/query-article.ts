/** One article: its fields, the counts of its be-read, and where its files are. */
import type { Tag } from "./cache-tags.ts";
import { toTag } from "./entity-tag.ts";
import { mediaNames, mediaPath } from "./media.ts";
import type { Nearby, Query, Reader } from "./nearby.ts";
import { Problem } from "./problem.ts";
import type { Homes } from "./query-home.ts";
import { type Made, toAnswer } from "./query-reply.ts";
import { createToItem, type Item, toSelectList } from "./query-rows.ts";
import type { Row } from "./sql.ts";
import { articles } from "./tables.ts";

const toItem = createToItem(articles);

/** The names of the counts and of the files' addresses among an article's fields. */
export const BE_READ = "beRead";
export const MEDIA = "media";

/** An article that nobody has read yet has no row of counts. */
const toBeRead = (counts: Row): Item => ({
  readNum: counts["read_num"] ?? 0,
  commentNum: counts["comment_num"] ?? 0,
  agreeNum: counts["agree_num"] ?? 0,
  shareNum: counts["share_num"] ?? 0,
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

/** `row`: with its counts. */
const toArticleItem = (row: Row, shown?: ReadonlySet<string>): Item => {
  const item = toItem(row, shown);
  if (shown?.has(BE_READ) ?? true) item[BE_READ] = toBeRead(row);
  if (shown?.has(MEDIA) ?? true) item[MEDIA] = toMedia(row);
  return item;
};

/** Counts change by themselves, so they have a part of the tag of their own. */
const toArticleTag = (row: Row): string =>
  toTag(JSON.stringify(toItem(row)), JSON.stringify(toBeRead(row)));

// Both tables have the same vindex, so vtgate leaves the join to the shard.
export const ARTICLE_SQL = `SELECT ${toSelectList(articles, "a")}, b.read_num, b.comment_num, b.agree_num, b.share_num FROM article a LEFT JOIN be_read b ON b.home = a.home AND b.aid = a.aid WHERE a.home = ? AND a.aid = ?`;

export const unknownArticle = (aid: number): Problem =>
  new Problem("not-found", `there is no article ${aid}`, { field: "aid" });

/** What is answered of an article, it and what derives from its reads. */
export const tagsOfArticle = (aid: number): [Tag, Tag] => [
  `article/${aid}`,
  `article/${aid}/reads`,
];

export interface WantedArticle {
  readonly aid: number;
  /** Only fields with these names. */
  readonly shown?: ReadonlySet<string> | undefined;
  readonly reader: Reader;
}

export interface FindAtDeps {
  readonly homes: Homes;
  readonly nearby: Nearby;
}

/** What `readAt` finds at the home of an article; an article that is nowhere is a Problem. */
export const createFindAt =
  ({ homes, nearby }: FindAtDeps) =>
  async <T>(
    { aid, reader }: WantedArticle,
    readAt: (from: Query, home: bigint) => Promise<T | undefined>,
  ): Promise<{ found: T; by: string }> => {
    const result = await homes.find(aid, async (home) => {
      const bounds = { low: home, high: home };
      const { found, by } = await nearby.read(reader, bounds, (from) => readAt(from, home));
      return found === undefined ? undefined : { found, by };
    });
    if (result === undefined) throw unknownArticle(aid);
    return result;
  };

export const createReadArticle = (deps: FindAtDeps) => {
  const findAt = createFindAt(deps);
  return async (wanted: WantedArticle): Promise<Made> => {
    const { aid, shown } = wanted;
    const { found: row, by } = await findAt(wanted, async (from, home) => {
      const [found] = await from.query(ARTICLE_SQL, [home, aid]);
      return found;
    });
    const json = JSON.stringify(toArticleItem(row, shown));
    return toAnswer(json, shown === undefined ? { by, tagOf: () => toArticleTag(row) } : { by });
  };
};
