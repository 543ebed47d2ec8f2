/**
 * What is in a function's image, in three layers of which the first two are the same for all
 * functions: Node with the shared libraries it is linked to, the framework, the function's bundle.
 * Nothing else: no shell, no package manager, nothing that could be started by somebody who broke in.
 */
import { readdir, readFile, realpath } from "node:fs/promises";
import { join, relative } from "node:path";
import { run } from "#infra/parts/run.ts";
import { findPackages, listPackageFiles } from "./packages.ts";
import type { TarFile, TarFolder } from "./tar.ts";

export interface LayerContent {
  readonly files: readonly TarFile[];
  readonly folders?: readonly TarFolder[];
}

const root = join(import.meta.dirname, "../..");
/** The user that is known as "nonroot" in many a minimal image. */
export const USER = 65532;

/** Of each line of ldd the path: `libm.so.6 => /lib/…/libm.so.6 (0x…)`, `/lib64/ld-linux… (0x…)`. */
export const parseLdd = (output: string): readonly string[] =>
  output
    .split("\n")
    .flatMap((line) => /(?:^|=>)\s*(\/\S+)\s+\(0x/.exec(line)?.[1] ?? [])
    .sort();

/** What a C library asks about users and names. */
export const toAccounts = (name: string, id: number): readonly TarFile[] => [
  {
    path: "etc/passwd",
    data: Buffer.from(
      `root:x:0:0:root:/:/sbin/nologin\n${name}:x:${id}:${id}:${name}:/:/sbin/nologin\n`,
    ),
  },
  { path: "etc/group", data: Buffer.from(`root:x:0:\n${name}:x:${id}:\n`) },
  // Without it the C library asks no name server.
  { path: "etc/nsswitch.conf", data: Buffer.from("hosts: files dns\n") },
];

/** Node from the npm package of the lock file. */
export const readNodeLayer = async (): Promise<LayerContent> => {
  const node = join(root, "node_modules/node/bin/node");
  const libraries = parseLdd(await run("ldd", [node]));
  const read = libraries.map(async (path) => ({
    path: path.slice(1),
    data: await readFile(await realpath(path)),
    mode: 0o755,
  }));
  return {
    files: [
      ...toAccounts("nonroot", USER),
      ...(await Promise.all(read)),
      { path: "usr/local/bin/node", data: await readFile(node), mode: 0o755 },
    ],
    folders: [{ path: "tmp", mode: 0o1777 }],
  };
};

export const readFrameworkLayer = async (): Promise<LayerContent> => {
  const base = await realpath(join(root, "node_modules"));
  const files: TarFile[] = [];
  for (const folder of await findPackages(root, "@google-cloud/functions-framework")) {
    const place = relative(base, await realpath(folder));
    for (const file of await listPackageFiles(folder))
      files.push({
        path: join("app/node_modules", place, file),
        data: await readFile(join(folder, file)),
      });
  }
  return { files };
};

export const readFunctionLayer = async (name: string): Promise<LayerContent> => {
  const folder = join(root, "dist", name);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const read = entries
    .filter((entry) => entry.isFile())
    .map(async ({ name: file, parentPath }) => {
      const path = join(parentPath, file);
      return { path: join("app/function", relative(folder, path)), data: await readFile(path) };
    });
  return { files: await Promise.all(read) };
};

/** How the function is started; the Dockerfile says the same. */
export const toImageConfig = (name: string) => ({
  User: `${USER}:${USER}`,
  WorkingDir: "/app",
  Env: [
    "NODE_ENV=production",
    `FUNCTION_TARGET=${name}`,
    "FUNCTION_SIGNATURE_TYPE=http",
    "FUNCTION_SOURCE=/app/function/index.mjs",
  ],
  // The framework directly: npm would keep signals to itself.
  Entrypoint: [
    "/usr/local/bin/node",
    // An address with as many keys as a filter takes is longer than Node lets it be by itself.
    "--max-http-header-size=65536",
    "/app/node_modules/@google-cloud/functions-framework/build/src/main.js",
  ],
});
