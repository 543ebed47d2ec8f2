/**
 * A sample of the data that people have: user.dat, article.dat and read.dat as JSON lines, all
 * values as strings, times in seconds, and the media of the articles.
 *
 * 1. The same options give the same bytes. The three tables depend on the seed and the numbers of
 *    rows only; the bytes of pictures and clips also on the version of sharp.
 * 2. Every read's user and article are in the files, and existed when it happened.
 * 3. Memory does not grow with the number of rows.
 * 4. After a failure or an abort the folder holds part of a sample; nothing writes to it any more.
 */
import { join } from "node:path";
import { articleRow } from "./articles.ts";
import { prepareFolder, rowFiles } from "./folder.ts";
import type { MediaCounts } from "./media.ts";
import { checkOptions, type MediaMode, SampleError, type SampleOptions } from "./options.ts";
import { readRow } from "./reads.ts";
import { userRow } from "./users.ts";
import { writeRows } from "./write.ts";

export interface SampleSummary {
  readonly dir: string;
  readonly rows: { readonly users: number; readonly articles: number; readonly reads: number };
  /** Of the three tables. */
  readonly bytes: number;
  readonly media: Readonly<MediaCounts>;
  readonly milliseconds: number;
}

const SAMPLE_ARTICLES = 50;

const writeTables = async (options: SampleOptions): Promise<number> => {
  const { dir, seed, onProgress, signal } = options;
  const rowOf = {
    users: (i: number) => userRow(seed, i),
    articles: (i: number) => articleRow(seed, i),
    reads: (i: number) => readRow(options, i),
  };
  let bytes = 0;
  for (const table of ["users", "articles", "reads"] as const) {
    const file = rowFiles[table];
    const rows = options[table];
    const onRows = (done: number) => onProgress?.({ file, done, total: rows });
    bytes += await writeRows(
      { path: join(dir, file), rows, row: rowOf[table] },
      { signal, onRows },
    );
  }
  return bytes;
};

const articlesWithMedia = (mode: MediaMode, articles: number): number =>
  ({ none: 0, sample: Math.min(SAMPLE_ARTICLES, articles), all: articles })[mode];

const writeArticles = async (options: SampleOptions): Promise<MediaCounts> => {
  const { dir, seed, signal, onProgress } = options;
  const articles = articlesWithMedia(options.media ?? "all", options.articles);
  if (articles === 0) return { texts: 0, images: 0, videos: 0, bytes: 0 };
  // Loaded here, because sharp need not be installed for the tables alone.
  const { writeMedia } = await import("./media.ts");
  const onArticles = (done: number) => onProgress?.({ file: "articles", done, total: articles });
  return await writeMedia({ dir, seed, articles, signal, onArticles });
};

/** What the system says about a folder or a disk is meant for people too. */
const toSampleError = (error: unknown, dir: string): unknown =>
  error instanceof Error && "syscall" in error
    ? new SampleError(`cannot write the sample to ${dir}: ${error.message}`, { cause: error })
    : error;

export const generateSample = async (options: SampleOptions): Promise<SampleSummary> => {
  checkOptions(options);
  const { dir, users, articles, reads } = options;
  const started = performance.now();
  try {
    await prepareFolder(dir, options.force ?? false);
    const bytes = await writeTables(options);
    const media = await writeArticles(options);
    const milliseconds = Math.round(performance.now() - started);
    return { dir, rows: { users, articles, reads }, bytes, media, milliseconds };
  } catch (error) {
    throw toSampleError(error, dir);
  }
};
