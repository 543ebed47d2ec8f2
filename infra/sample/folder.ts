/** The folder of a sample: empty at first, and with --force cleared of an earlier sample only. */
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { SampleError } from "./options.ts";

export const rowFiles = { users: "user.dat", articles: "article.dat", reads: "read.dat" } as const;

/** Where the media of one article lie. */
export const articleFolder = (dir: string, aid: number): string =>
  join(dir, "articles", `article${aid}`);

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";

const listOf = async (folder: string): Promise<readonly string[]> => {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
};

const clearSample = async (dir: string): Promise<void> => {
  for (const name of Object.values(rowFiles)) await rm(join(dir, name), { force: true });
  const articles = join(dir, "articles");
  for (const name of await listOf(articles)) {
    // Somebody's own "articles" folder may hold more than ours.
    if (/^article\d+$/.test(name)) await rm(join(articles, name), { recursive: true });
  }
};

export const prepareFolder = async (dir: string, force: boolean): Promise<void> => {
  await mkdir(dir, { recursive: true });
  const found = await listOf(dir);
  if (found.length === 0) return;
  if (!force) {
    throw new SampleError(`${dir} is not empty: name another folder, or replace it with --force`);
  }
  await clearSample(dir);
};
