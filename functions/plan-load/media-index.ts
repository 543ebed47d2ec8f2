/**
 * Which media files lie in the object store. Where they are not too many, all are listed once;
 * otherwise those of an article when it comes.
 */
import { MEDIA_PREFIX, mediaFolder, mediaKey, mediaNames } from "#shared/media.ts";
import type { Row } from "#shared/row-parser.ts";
import { tables } from "#shared/tables.ts";
import { createKeyTable, keyOfText } from "./key-table.ts";

export interface MediaIndex {
  /** The files that these articles name and that are not there: field and name, by article. */
  missing(articles: readonly Row[]): Promise<{ field: string; name: string }[][]>;
}

export interface Listing {
  list(prefix: string): AsyncIterable<{ readonly key: string }>;
}

const MOST_LISTED = 100_000;
const AT_ONCE = 16;
const HERE = { high: 0, low: 0 };

const columnOf = (field: string): number =>
  tables.articles.columns.findIndex((column) => column.field === field);

const AID = columnOf("aid");
const TEXT = columnOf("text");
const IMAGE = columnOf("image");
const VIDEO = columnOf("video");

const filesOf = (row: Row): { field: string; name: string }[] => {
  const cells = { text: row[TEXT], image: row[IMAGE], video: row[VIDEO] };
  const { text, images, video } = mediaNames({
    text: String(cells.text),
    image: String(cells.image),
    video: String(cells.video),
  });
  return [
    ...(text === undefined ? [] : [{ field: "text", name: text }]),
    ...images.map((name) => ({ field: "image", name })),
    ...(video === undefined ? [] : [{ field: "video", name: video }]),
  ];
};

type Has = (key: string) => boolean;

/** Undefined where there are too many. */
const listAll = async ({ list }: Listing, most: number): Promise<Has | undefined> => {
  const keys = createKeyTable();
  for await (const { key } of list(MEDIA_PREFIX)) {
    if (keys.size >= most) return undefined;
    keys.claim(keyOfText(key), HERE, 0n);
  }
  return (key) => keys.homeOf(keyOfText(key)) !== undefined;
};

const listSome = async ({ list }: Listing, aids: readonly number[]): Promise<Has> => {
  const keys = new Set<string>();
  for (let start = 0; start < aids.length; start += AT_ONCE)
    await Promise.all(
      aids.slice(start, start + AT_ONCE).map(async (aid) => {
        for await (const { key } of list(mediaFolder(aid))) keys.add(key);
      }),
    );
  return (key) => keys.has(key);
};

export const createMediaIndex = (listing: Listing, most = MOST_LISTED): MediaIndex => {
  let all: Promise<Has | undefined> | undefined;
  return {
    missing: async (articles) => {
      all ??= listAll(listing, most);
      const aids = articles.map((row) => Number(row[AID]));
      const has = (await all) ?? (await listSome(listing, aids));
      return articles.map((row) =>
        filesOf(row).filter(({ name }) => !has(mediaKey(Number(row[AID]), name))),
      );
    },
  };
};
