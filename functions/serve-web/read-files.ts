/** The files of the pages as infra/build.ts leaves them, in memory, each also compressed. */
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { WebFile } from "./serve-web.ts";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
};

/** Throws where a file is of a type that pages have no use for. */
export const readFiles = async (folder: string): Promise<Map<string, WebFile>> => {
  const files = new Map<string, WebFile>();
  for (const name of await readdir(folder)) {
    const type = types[extname(name)];
    if (type === undefined) throw new Error(`${name}: not a file of the pages`);
    const plain = await readFile(join(folder, name));
    files.set(name, { type, plain, gzip: gzipSync(plain, { level: 9 }) });
  }
  return files;
};
