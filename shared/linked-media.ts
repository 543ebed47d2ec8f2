/**
 * The files that an article is written with have to be there already, each of the kind that its
 * field is for: what was promised when its address was signed is looked at again.
 */
import { isMediaName, mediaKey, mediaNames } from "./media.ts";
import type { MediaStore } from "./media-store.ts";
import { Problem } from "./problem.ts";
import type { RowFields } from "./row-schema.ts";

const kinds = { text: /^text\/plain\b/, image: /^image\//, video: /^video\// } as const;
type MediaField = keyof typeof kinds;

/** A browser could not show more, and each one is asked for. */
export const MOST_LINKED = 100;

const refuse = (field: MediaField, detail: string): Problem =>
  new Problem("unprocessable", `${field}: ${detail}`, { field });

/** The names that each of the fields gives. */
const listNames = (fields: RowFields): [MediaField, string][] => {
  const given = (field: MediaField): string => String(fields[field] ?? "");
  const { text, images, video } = mediaNames({
    ...{ text: given("text"), image: given("image"), video: given("video") },
  });
  return [
    ...(text === undefined ? [] : [["text", text] as [MediaField, string]]),
    ...images.map((name): [MediaField, string] => ["image", name]),
    ...(video === undefined ? [] : [["video", video] as [MediaField, string]]),
  ];
};

/** Throws a Problem that names the field; fields that are not given are not looked at. */
export const createCheckLinked =
  (media: Pick<MediaStore, "find">) =>
  async (aid: number, fields: RowFields): Promise<void> => {
    const names = listNames(fields);
    if (names.length > MOST_LINKED) throw refuse("image", `names more than ${MOST_LINKED} files`);
    await Promise.all(
      names.map(async ([field, name]) => {
        const shown = JSON.stringify(name.slice(0, 60));
        if (!isMediaName(name)) throw refuse(field, `${shown} is not the name of a file`);
        const found = await media.find(mediaKey(aid, name));
        if (found === undefined)
          throw refuse(field, `there is no file ${shown} of article ${aid}; send it first`);
        if (!kinds[field].test(found.type))
          throw refuse(field, `the file ${shown} is of type ${found.type}`);
      }),
    );
  };
