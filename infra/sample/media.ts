/**
 * The files of the articles: texts, pictures and clips.
 *
 * Each text is of its own. Pictures and clips are drawn from a pool of 500 and 20 different ones,
 * made when first needed: the same bytes lie under many names, as plain files, so that changing
 * one changes no other. Painting 30,000 would take minutes and would test nothing more.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ArticleRow, articleRow } from "./articles.ts";
import { filmClip } from "./clip.ts";
import { articleFolder } from "./folder.ts";
import { paintPicture } from "./pictures.ts";
import { Random } from "./random.ts";
import { storyOf } from "./stories.ts";

export interface MediaCounts {
  texts: number;
  images: number;
  videos: number;
  bytes: number;
}

interface NamedFile {
  readonly kind: "texts" | "images" | "videos";
  readonly name: string;
  readonly content: Buffer | string;
}

export interface MediaJob {
  readonly dir: string;
  readonly seed: number;
  /** Media are written for articles 1 to this. */
  readonly articles: number;
  readonly signal: AbortSignal | undefined;
  readonly onArticles: (done: number) => void;
}

const PICTURES = 500;
const CLIPS = 20;
/** Enough to keep the disk and sharp's threads busy; memory holds so many articles at most. */
const AT_ONCE = 16;
const REPORT_EVERY = 100;

/** Makes each number's value once, when it is first asked for. */
const once = <T>(make: (number: number) => Promise<T>) => {
  const made = new Map<number, Promise<T>>();
  return (number: number): Promise<T> => {
    const known = made.get(number) ?? make(number);
    made.set(number, known);
    return known;
  };
};

const createFilesOf = (seed: number) => {
  const picture = once((number) => paintPicture(seed, number));
  const clip = once((number) => filmClip(seed, number));
  return async (aid: number, row: ArticleRow): Promise<NamedFile[]> => {
    const random = new Random(seed, "choices", aid);
    const text = storyOf(seed, aid, row.category, row.language).body();
    const files: NamedFile[] = [{ kind: "texts", name: row.text, content: text }];
    for (const name of row.image.split(",")) {
      files.push({ kind: "images", name, content: await picture(random.below(PICTURES)) });
    }
    if (row.video !== "") {
      const content = await clip(random.below(CLIPS));
      files.push({ kind: "videos", name: row.video, content });
    }
    return files;
  };
};

export const writeMedia = async (job: MediaJob): Promise<MediaCounts> => {
  const counts: MediaCounts = { texts: 0, images: 0, videos: 0, bytes: 0 };
  const filesOf = createFilesOf(job.seed);
  let next = 1;
  let done = 0;

  const writeArticle = async (aid: number): Promise<void> => {
    const folder = articleFolder(job.dir, aid);
    await mkdir(folder, { recursive: true });
    for (const { kind, name, content } of await filesOf(aid, articleRow(job.seed, aid))) {
      await writeFile(join(folder, name), content);
      counts[kind] += 1;
      counts.bytes += Buffer.byteLength(content);
    }
    done += 1;
    if (done % REPORT_EVERY === 0 || done === job.articles) job.onArticles(done);
  };
  const writeUntilDone = async (): Promise<void> => {
    while (next <= job.articles) {
      job.signal?.throwIfAborted();
      const aid = next;
      next += 1;
      await writeArticle(aid);
    }
  };
  const stop = (error: unknown): never => {
    // The others end after the article they are at.
    next = Number.POSITIVE_INFINITY;
    throw error;
  };
  const writers = Array.from({ length: AT_ONCE }, () => writeUntilDone().catch(stop));
  // Nothing is still writing when the caller hears of the failure.
  await Promise.allSettled(writers);
  await Promise.all(writers);
  return counts;
};
