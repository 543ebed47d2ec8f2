/**
 * Bundle each function into dist/<function>/index.mjs; the pages, and the document that describes the
 * API, beside the one that serves them.
 *
 * functions-framework stays outside the bundles: its registry is a module-level Map, and a bundled
 * copy would be another one, in which the framework finds nothing.
 *
 * What is loaded only on demand is a bundle of its own beside each function's: inside, it would
 * cost every start 70 ms and every process 15 MB, used or not.
 */
import { createHash } from "node:crypto";
import { link, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";
import { buildPages } from "./build-pages.ts";
import { makeDocument } from "./openapi.ts";

const root = join(import.meta.dirname, "..");
const outdir = join(root, "dist");

export const listFunctions = async (): Promise<readonly string[]> => {
  const entries = await readdir(join(root, "functions"), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
};

/** Loaded by `import()`; what they share with a function they keep on `globalThis`. */
const onDemand = ["shared/tracing.ts", "shared/kubernetes-client.ts"];

const toBundle = (source: string): string => `${basename(source, ".ts")}.mjs`;

const leaveOut: Plugin = {
  name: "on-demand",
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\.\// }, ({ kind, path, resolveDir }) => {
      const isOnDemand = onDemand.some((source) => join(resolveDir, path) === join(root, source));
      if (kind !== "dynamic-import" || !isOnDemand) return undefined;
      return { path: `./${toBundle(path)}`, external: true };
    });
  },
};

const options = {
  outExtension: { ".js": ".mjs" },
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node24",
  // Reading maps would double a function's memory; bundles are not minified, so that a stack
  // tells where it was without.
  sourcemap: false,
  // Packages in CommonJS ask for `require`, which an ES module does not have.
  banner: {
    js: 'import { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(import.meta.url);',
  },
  logLevel: "warning",
} satisfies BuildOptions;

/** Beside each function that may load it. */
const buildOnDemand = async ({ outputs }: Metafile): Promise<void> => {
  await build({ ...options, entryPoints: onDemand.map((source) => join(root, source)), outdir });
  for (const bundle of onDemand.map(toBundle)) {
    const users = Object.keys(outputs).filter((output) =>
      outputs[output]?.imports.some(({ path, external }) => external && path === `./${bundle}`),
    );
    for (const place of users.map((output) => join(dirname(output), bundle))) {
      await rm(place, { force: true });
      await link(join(outdir, bundle), place);
    }
    await rm(join(outdir, bundle));
  }
};

/** All that bundles, pages and document are made of. */
const sources = ["events", "functions", "infra", "shared"];

const digestSources = async (): Promise<string> => {
  const folders = sources.map(async (folder) => {
    const found = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
    return found.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  });
  const files = [join(root, "package-lock.json"), ...(await Promise.all(folders)).flat().sort()];
  const hash = createHash("sha256");
  for (const file of files) {
    const content = await readFile(file);
    hash.update(`${file} ${content.length}\n`).update(content);
  }
  return hash.digest("hex");
};

/** Written last: what it says was built whole. */
const stamp = join(outdir, ".built");

/**
 * Build all functions, and the pages that one of them serves; a function that is gone leaves no
 * bundle. Nothing is done where it has been done from the same sources: it takes seconds and 0.9 GB.
 */
export const buildFunctions = async (): Promise<void> => {
  const digest = await digestSources();
  if ((await readFile(stamp, "utf8").catch(() => "")) === digest) return;
  await buildAnew();
  await writeFile(stamp, digest);
};

const buildAnew = async (): Promise<void> => {
  const names = await listFunctions();
  await mkdir(outdir, { recursive: true });
  await rm(stamp, { force: true });
  for (const old of await readdir(outdir))
    if (!names.includes(old)) await rm(join(outdir, old), { recursive: true });
  const { metafile } = await build({
    ...options,
    metafile: true,
    entryPoints: names.map((name) => ({
      in: join(root, "functions", name, "index.ts"),
      out: `${name}/index`,
    })),
    outdir,
    plugins: [leaveOut],
    external: ["@google-cloud/functions-framework"],
  });
  await buildOnDemand(metafile);
  await buildPages();
  const document = JSON.stringify(await makeDocument(names));
  await writeFile(join(outdir, "serve-web/web/openapi.json"), document);
};

if (import.meta.main) await buildFunctions();
