/**
 * The media of articles: texts, images and videos, by the article's aid and the file's name. Pure.
 *
 * A file never changes under its name: its address is cached for ever. Another content needs another
 * name.
 */
import { z } from "zod";

/** Longest name, in bytes of UTF-8: what file systems take. */
const LONGEST_NAME = 255;
/** Neither a path, nor hidden, nor what a list of names in the column `image` could not hold. */
const NAME = /^[^./\\,\p{Cc}\p{Cs}][^/\\,\p{Cc}\p{Cs}]*$/u;
const MAX_BYTES = 5 * 1024 ** 3;
export const MOST_MEDIA = 1_000;
export const OTHER_TYPE = "application/octet-stream";

export const isMediaName = (name: string): boolean =>
  NAME.test(name) && Buffer.byteLength(name) <= LONGEST_NAME;

/** What a browser may show: nothing that could run a script from our address. */
export const isMediaType = (type: string): boolean =>
  type === OTHER_TYPE ||
  type === "text/plain; charset=utf-8" ||
  (/^(image|video|audio)\/[\w.+-]+$/.test(type) && type !== "image/svg+xml");

export const MEDIA_PREFIX = "media/";
export const mediaFolder = (aid: number): string => `${MEDIA_PREFIX}${aid}/`;
export const mediaKey = (aid: number, name: string): string => `${mediaFolder(aid)}${name}`;

/** Its address in the API. */
export const mediaPath = (aid: number, name: string): string =>
  `/v1/media/${aid}/${encodeURIComponent(name)}`;

interface MediaColumns {
  readonly text: string;
  /** Names, with commas between them. */
  readonly image: string;
  readonly video: string;
}

export interface MediaNames {
  readonly text: string | undefined;
  readonly images: readonly string[];
  readonly video: string | undefined;
}

/** The files that an article's row names. */
export const mediaNames = ({ text, image, video }: MediaColumns): MediaNames => {
  const one = (name: string): string | undefined => name.trim() || undefined;
  const images = image.split(",").flatMap((name) => one(name) ?? []);
  return { text: one(text), images, video: one(video) };
};

const file = z.strictObject({
  aid: z.int().min(0),
  name: z
    .string()
    .refine(isMediaName, "must be a file name without / or , not hidden")
    .meta({ maxLength: LONGEST_NAME, examples: ["image_a1_0.jpg"] }),
  size: z.int().min(0).max(MAX_BYTES),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits"),
  type: z
    .string()
    .refine(isMediaType, `must be an image, video or audio type, plain text or ${OTHER_TYPE}`)
    .meta({ examples: ["image/jpeg"] }),
});

export type MediaFile = z.infer<typeof file>;

/** What a caller who wants to send media announces. */
export const mediaAnnouncement = z.strictObject({
  files: z.array(file).min(1, "must name at least one file").max(MOST_MEDIA),
});
