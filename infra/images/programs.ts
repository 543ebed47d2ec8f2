/** Programs of this machine as files of an image: each with the shared libraries it is linked to. */
import { copyFile, mkdtemp, readdir, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { rebind } from "#infra/parts/debian-programs.ts";
import { run } from "#infra/parts/run.ts";
import { parseLdd } from "./layers.ts";
import type { TarFile } from "./tar.ts";

const inImage = (path: string): string => path.replace(/^\//, "");

/** Where the libraries are that came with a program, wherever they lie on this machine. */
const OWN_LIBRARIES = "usr/lib/tagenal";

const isOfSystem = (library: string): boolean => /^\/(usr\/)?lib(32|64)?\//.test(library);

const placeOf = (library: string): string =>
  isOfSystem(library) ? inImage(library) : join(OWN_LIBRARIES, basename(library));

/** The program's own loader lists what it would load. Nothing for one that is linked statically. */
const listLibraries = async (program: string): Promise<readonly string[]> =>
  parseLdd(await run(program, [], { env: { LD_TRACE_LOADED_OBJECTS: "1" } }));

const PT_INTERP = 3;

/** The loader that an ELF file (64 bit) names, wherever in the file a tool has put its name. */
export const loaderOf = (data: Buffer): string | undefined => {
  if (!data.subarray(0, 4).equals(Buffer.from("\x7fELF", "latin1"))) return undefined;
  const start = Number(data.readBigUInt64LE(32));
  const [size, count] = [data.readUInt16LE(54), data.readUInt16LE(56)];
  const header = Array.from({ length: count }, (_, index) => start + index * size).find(
    (one) => data.readUInt32LE(one) === PT_INTERP,
  );
  if (header === undefined) return undefined;
  const from = Number(data.readBigUInt64LE(header + 8));
  return data.toString("latin1", from, data.indexOf(0, from));
};

/** A program with a loader of its own names the one in the image: a path of this machine says nothing there. */
const readBound = async (program: string, loader: string): Promise<Buffer> => {
  const scratch = await mkdtemp(join(tmpdir(), "tagenal-image-"));
  try {
    const copy = join(scratch, basename(program));
    await copyFile(program, copy);
    await rebind(join(dirname(loader), "../../.."), copy, {
      loader: `/${placeOf(loader)}`,
      path: `/${OWN_LIBRARIES}`,
    });
    return await readFile(copy);
  } finally {
    await rm(scratch, { recursive: true });
  }
};

/** By path in the image. A file that is wanted twice is there once. */
export const readPrograms = async (
  programs: Readonly<Record<string, string>>,
): Promise<readonly TarFile[]> => {
  const files = new Map<string, TarFile>();
  for (const [path, source] of Object.entries(programs)) {
    const program = await realpath(source);
    const data = await readFile(program);
    const loader = loaderOf(data);
    const bound =
      loader === undefined || isOfSystem(loader) ? data : await readBound(program, loader);
    files.set(path, { path, data: bound, mode: 0o755 });
    if (loader === undefined) continue;
    for (const library of await listLibraries(source)) {
      const place = placeOf(library);
      files.set(place, { path: place, data: await readFile(library), mode: 0o755 });
    }
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
