/**
 * `npm run images`: an image a function, all in one archive, without any container tool.
 *
 *   npm run images -- [--registry dev.local] [--tag dev] [--out images/tagenal.tar] [FUNCTION…]
 *   npm run images -- --database [--registry dev.local] [--tag dev] [--out images/database.tar] [IMAGE…]
 *
 * --database: instead of the functions what they stand on, see database.ts; --monitoring: what
 * watches them, see monitoring.ts.
 * With --folder DIR and one function it writes the layers as folders instead, for the Dockerfile.
 */
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildFunctions, listFunctions } from "#infra/build.ts";
import { duration, say } from "#infra/cli/say.ts";
import { writeArchive } from "./archive.ts";
import { databaseImages, readDatabaseImages } from "./database.ts";
import {
  type LayerContent,
  readFrameworkLayer,
  readFunctionLayer,
  readNodeLayer,
  toImageConfig,
} from "./layers.ts";
import { monitoringImages, readMonitoringImages } from "./monitoring.ts";
import type { ImageContent } from "./program-image.ts";
import { toTar } from "./tar.ts";

const root = join(import.meta.dirname, "../..");

const pick = (known: readonly string[], wanted: readonly string[]): readonly string[] => {
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

const readFunctionImages = async (names: readonly string[]) => {
  const shared = [await readNodeLayer(), await readFrameworkLayer()];
  const images = names.map(async (name) => ({
    name,
    config: toImageConfig(name),
    layers: [...shared, await readFunctionLayer(name)],
  }));
  return Promise.all(images);
};

const writeImages = async (
  file: string,
  contents: readonly ImageContent[],
  toReference: (name: string) => string,
): Promise<void> => {
  // Equal layers must be equal buffers: the archive tells them apart by that.
  const layers = new Map<LayerContent, Buffer>();
  for (const layer of contents.flatMap((content) => content.layers))
    if (!layers.has(layer)) layers.set(layer, toTar(layer.files, layer.folders));
  const images = contents.map(({ name, config, layers: own }) => ({
    reference: toReference(name),
    config,
    layers: own.flatMap((layer) => layers.get(layer) ?? []),
  }));
  await mkdir(dirname(file), { recursive: true });
  for (const [reference, digest] of await writeArchive(file, images))
    say(`${reference}  ${digest}`);
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    registry: { type: "string", default: "dev.local" },
    tag: { type: "string", default: "dev" },
    out: { type: "string" },
    folder: { type: "string" },
    database: { type: "boolean", default: false },
    monitoring: { type: "boolean", default: false },
  },
});
const startedAt = Date.now();
const toReference = (name: string): string => `${values.registry}/${name}:${values.tag}`;
interface Kind {
  /** Of its archive. */
  readonly file: string;
  readonly known: readonly string[];
  readonly read: (names: readonly string[]) => Promise<readonly ImageContent[]>;
}

const functionImages = async (): Promise<Kind> => {
  await buildFunctions();
  return { file: "tagenal.tar", known: await listFunctions(), read: readFunctionImages };
};

const findKind = async (): Promise<Kind> => {
  if (values.database)
    return { file: "database.tar", known: databaseImages, read: readDatabaseImages };
  if (values.monitoring)
    return { file: "monitoring.tar", known: monitoringImages, read: readMonitoringImages };
  return functionImages();
};

const kind = await findKind();
const names = pick(kind.known, positionals);
if (values.folder !== undefined) await writeFolders(resolve(values.folder), names);
else {
  const file = resolve(values.out ?? join(root, "images", kind.file));
  await writeImages(file, await kind.read(names), toReference);
  say(`${file} after ${duration(Date.now() - startedAt)}`);
}
