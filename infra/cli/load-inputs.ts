/**
 * What a load is to read: the files of folders, single files, standard input (-), or what an http(s)
 * address answers. What is no file yet is written into a folder of its own, because its size and
 * fingerprint have to be known before it is sent; memory holds a piece at a time.
 */
import { createWriteStream } from "node:fs";
import { mkdtemp, open, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  formatNames,
  HEAD_BYTES,
  type InputOptions,
  isLoadable,
  toStagedNames,
} from "#shared/staged-names.ts";
import { Remedy } from "./preflight.ts";

export interface InputFile {
  /** As the server knows it: its beginning tells the table, its end the format. */
  readonly name: string;
  readonly path: string;
  readonly size: number;
}

export interface Inputs {
  readonly files: readonly InputFile[];
  /** The folders among the sources, where articles/ may lie. */
  readonly folders: readonly string[];
  /** Removes what was written for this load alone. */
  dispose(): Promise<void>;
}

interface Source {
  /** What it is called where it comes from. */
  readonly title: string;
  readonly path: string;
}

const readHead = async (path: string): Promise<Uint8Array> => {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
  return buffer.subarray(0, bytesRead);
};

/** The name under which it is sent; a dump of all tables is sent once for each. */
const toNames = async (
  { title, path }: Source,
  options: InputOptions,
): Promise<readonly string[]> => {
  const names = toStagedNames(title, await readHead(path), options);
  if (names === "table")
    throw new Remedy(`${title}: which table is it for? --table users, articles or reads tells.`);
  if (names === "format")
    throw new Remedy(`${title}: which format is it? --format ${formatNames.join(", ")} tells.`);
  return names;
};

const listFolder = async (dir: string): Promise<Source[]> => {
  const entries = await readdir(dir, { withFileTypes: true });
  const titles = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const loadable = titles.filter(isLoadable).sort();
  if (loadable.length > 0) return loadable.map((title) => ({ title, path: join(dir, title) }));
  throw new Remedy(
    `${dir} has nothing to load: the files are called user.dat, article.dat and read.dat, or ` +
      ".jsonl, .csv or .sql, and may be compressed (.gz, .zst).",
  );
};

const fetchBody = async (url: string): Promise<Readable> => {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (cause) {
    throw new Remedy(`${url} does not answer.`, { cause });
  }
  if (!response.ok || response.body === null)
    throw new Remedy(`${url} answered ${response.status} ${response.statusText}.`);
  // As an iterable: what breaks off is then an error of the reading, and of nothing else.
  return Readable.from(response.body as AsyncIterable<Uint8Array>, { objectMode: false });
};

const isAddress = (source: string): boolean => /^https?:\/\//i.test(source);

/** Everything before the last slash is dropped, as is what a web address has behind its path. */
const titleOf = (address: string): string =>
  basename(decodeURIComponent(new URL(address).pathname)) || "download";

const uniqueNames = (files: readonly InputFile[]): void => {
  const twice = files.find(({ name }, index) =>
    files.some((f, at) => at < index && f.name === name),
  );
  if (twice !== undefined) throw new Remedy(`Two of the files would both be called ${twice.name}.`);
};

export const findInputs = async (
  given: readonly string[],
  options: InputOptions,
  stdin: Readable = process.stdin,
): Promise<Inputs> => {
  const folders: string[] = [];
  let scratch: string | undefined;
  const dispose = async (): Promise<void> => {
    if (scratch !== undefined) await rm(scratch, { recursive: true, force: true });
  };
  const keep = async (title: string, body: Readable): Promise<Source> => {
    scratch ??= await mkdtemp(join(tmpdir(), "tagenal-load-"));
    const path = join(scratch, title.replaceAll(/[^\w.-]/g, "_"));
    await pipeline(body, createWriteStream(path)).catch((cause: Error) => {
      throw new Remedy(`${title} could not be read to its end: ${cause.message}`, { cause });
    });
    return { title, path };
  };
  const toSources = async (source: string): Promise<Source[]> => {
    if (source === "-") return [await keep("stdin", stdin)];
    if (isAddress(source)) return [await keep(titleOf(source), await fetchBody(source))];
    const found = await stat(source).catch((cause: unknown) => {
      throw new Remedy(`There is no file or folder ${source}.`, { cause });
    });
    if (!found.isDirectory()) return [{ title: basename(source), path: source }];
    folders.push(source);
    return listFolder(source);
  };
  try {
    const files: InputFile[] = [];
    for (const source of given)
      for (const one of await toSources(source)) {
        const isOfFolder = folders.includes(source);
        const names = isOfFolder ? [one.title] : await toNames(one, options);
        const { size } = await stat(one.path);
        files.push(...names.map((name) => ({ name, path: one.path, size })));
      }
    uniqueNames(files);
    return { files, folders, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
};
