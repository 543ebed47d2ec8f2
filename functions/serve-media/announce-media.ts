/**
 * Answers, for each file that a caller announces, the address it can be sent to, straight into the
 * object store; or that it is there already, or that another content is there under its name.
 */
import { type MediaFile, mediaAnnouncement, mediaFolder, mediaKey } from "#shared/media.ts";
import type { MediaStore, SignedUpload } from "#shared/media-store.ts";
import { parseBody } from "#shared/parse-body.ts";
import type { Reply } from "#shared/respond.ts";

/** The keys that begin with a prefix. */
export interface StoredMedia {
  isEmpty(): Promise<boolean>;
  keys(prefix: string): Promise<ReadonlySet<string>>;
}

interface AnnounceDeps {
  readonly media: Pick<MediaStore, "find" | "presignUpload">;
  readonly stored: StoredMedia;
}

type Answer = { readonly aid: number; readonly name: string } & (
  | ({ readonly state: "wanted" } & SignedUpload)
  | { readonly state: "stored" | "other" }
);

const VALID_SECONDS = 3_600;
const AT_ONCE = 16;

/** In the order of the input, some at a time. */
const mapSome = async <In, Out>(
  all: readonly In[],
  work: (one: In) => Promise<Out>,
): Promise<Out[]> => {
  const results: Out[] = [];
  for (let start = 0; start < all.length; start += AT_ONCE)
    results.push(...(await Promise.all(all.slice(start, start + AT_ONCE).map(work))));
  return results;
};

/** Those of the files' keys that are taken. Most of the time there is nothing to look for. */
const findTaken = async (
  { stored }: AnnounceDeps,
  files: readonly MediaFile[],
): Promise<ReadonlySet<string>> => {
  if (await stored.isEmpty()) return new Set();
  const aids = [...new Set(files.map(({ aid }) => aid))];
  const found = await mapSome(aids, (aid) => stored.keys(mediaFolder(aid)));
  return new Set(found.flatMap((keys) => [...keys]));
};

export const createAnnounceMedia =
  (deps: AnnounceDeps) =>
  async ({ body }: { readonly body: unknown }): Promise<Reply> => {
    const { files } = parseBody(mediaAnnouncement, body);
    const taken = await findTaken(deps, files);
    const answers = await mapSome(files, async (file): Promise<Answer> => {
      const { aid, name, sha256 } = file;
      const key = mediaKey(aid, name);
      const found = taken.has(key) ? await deps.media.find(key) : undefined;
      if (found !== undefined)
        return { aid, name, state: found.sha256 === sha256 ? "stored" : "other" };
      return {
        aid,
        name,
        state: "wanted",
        ...(await deps.media.presignUpload(file, VALID_SECONDS)),
      };
    });
    return { status: 200, body: { files: answers, validSeconds: VALID_SECONDS } };
  };
