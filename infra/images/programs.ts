/** Programs of this machine as files of an image: each with the shared libraries it is linked to. */
import { readdir, readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { run } from "#infra/parts/run.ts";
import { parseLdd } from "./layers.ts";
import type { TarFile } from "./tar.ts";

const inImage = (path: string): string => path.replace(/^\//, "");

/**
 * The program's own loader lists what it would load: libraries that came with a program lie in a
 * folder of their own, and stay under that path in the image. Nothing for one that is linked
 * statically.
 */
const listLibraries = async (program: string): Promise<readonly string[]> =>
  parseLdd(await run(program, [], { env: { LD_TRACE_LOADED_OBJECTS: "1" } }));

const PT_INTERP = 3;

/** Whether an ELF file (64 bit) names a loader, wherever in the file a tool has put its name. */
const isLinkedDynamically = (data: Buffer): boolean => {
  if (!data.subarray(0, 4).equals(Buffer.from("\x7fELF", "latin1"))) return false;
  const start = Number(data.readBigUInt64LE(32));
  const [size, count] = [data.readUInt16LE(54), data.readUInt16LE(56)];
  return Array.from({ length: count }, (_, index) => start + index * size).some(
    (header) => data.readUInt32LE(header) === PT_INTERP,
  );
};

/** By path in the image. A file that is wanted twice is there once. */
export const readPrograms = async (
  programs: Readonly<Record<string, string>>,
): Promise<readonly TarFile[]> => {
  const files = new Map<string, TarFile>();
  for (const [path, source] of Object.entries(programs)) {
    const data = await readFile(await realpath(source));
    files.set(path, { path, data, mode: 0o755 });
    if (!isLinkedDynamically(data)) continue;
    for (const library of await listLibraries(source))
      files.set(inImage(library), {
        path: inImage(library),
        data: await readFile(library),
        mode: 0o755,
      });
  }
  return [...files.values()];
};

/** Everything below a folder of this machine, at a path of the image. */
export const readFolder = async (folder: string, path: string): Promise<readonly TarFile[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(
    files.map(async ({ parentPath, name }) => {
      const source = join(parentPath, name);
      return { path: join(path, source.slice(folder.length)), data: await readFile(source) };
    }),
  );
};
