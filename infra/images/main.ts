/**
 * `npm run images`: an image a function, all in one archive, without any container tool.
 *
 *   npm run images -- [--registry dev.local] [--tag dev] [--out images/tagenal.tar] [FUNCTION…]
 *
 * With --folder DIR and one function it writes the layers as folders instead, for the Dockerfile.
 */
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildFunctions, listFunctions } from "#infra/build.ts";
import { duration, say } from "#infra/cli/say.ts";
import { writeArchive } from "./archive.ts";
import {
  type LayerContent,
  readFrameworkLayer,
  readFunctionLayer,
  readNodeLayer,
} from "./layers.ts";
import { toTar } from "./tar.ts";

const root = join(import.meta.dirname, "../..");

const pickFunctions = async (wanted: readonly string[]): Promise<readonly string[]> => {
  const known = await listFunctions();
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Error(`unknown: ${unknown.join(", ")}; known: ${known.join(", ")}`);
  return wanted.length > 0 ? wanted : known;
};

const writeFolder = async (folder: string, { files, folders = [] }: LayerContent) => {
  await mkdir(folder, { recursive: true });
  for (const { path, data, mode = 0o644 } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), data);
    await chmod(join(folder, path), mode);
  }
  for (const { path, mode } of folders) {
    await mkdir(join(folder, path), { recursive: true });
    await chmod(join(folder, path), mode);
  }
};

const writeFolders = async (folder: string, names: readonly string[]): Promise<void> => {
  const [name] = names;
  if (name === undefined || names.length > 1) throw new Error("--folder takes one function");
  await writeFolder(join(folder, "node"), await readNodeLayer());
  await writeFolder(join(folder, "framework"), await readFrameworkLayer());
  await writeFolder(join(folder, "function"), await readFunctionLayer(name));
};

const layer = ({ files, folders }: LayerContent): Buffer => toTar(files, folders);

const writeImages = async (
  file: string,
  names: readonly string[],
  repository: string,
  tag: string,
) => {
  const shared = [layer(await readNodeLayer()), layer(await readFrameworkLayer())];
  const images = names.map(async (name) => ({
    name,
    reference: `${repository}/${name}:${tag}`,
    layers: [...shared, layer(await readFunctionLayer(name))],
  }));
  await mkdir(dirname(file), { recursive: true });
  return writeArchive(file, await Promise.all(images));
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    registry: { type: "string", default: "dev.local" },
    tag: { type: "string", default: "dev" },
    out: { type: "string", default: join(root, "images/tagenal.tar") },
    folder: { type: "string" },
  },
});
const startedAt = Date.now();
const names = await pickFunctions(positionals);
await buildFunctions();
if (values.folder !== undefined) await writeFolders(resolve(values.folder), names);
else {
  const file = resolve(values.out);
  for (const [reference, digest] of await writeImages(file, names, values.registry, values.tag))
    say(`${reference}  ${digest}`);
  say(`${file} after ${duration(Date.now() - startedAt)}`);
}
