/**
 * Bundle each function into dist/<function>/index.mjs; the pages, and the document that describes the
 * API, beside the one that serves them.
 *
 * functions-framework stays outside the bundles: its registry is a module-level Map, and a bundled
 * copy would be another one, in which the framework finds nothing.
 */
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { buildPages } from "./build-pages.ts";
import { makeDocument } from "./openapi.ts";

const root = join(import.meta.dirname, "..");

export const listFunctions = async (): Promise<readonly string[]> => {
  const entries = await readdir(join(root, "functions"), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
};

/** Build all functions, and the pages that one of them serves; a function that is gone leaves no bundle. */
export const buildFunctions = async (): Promise<void> => {
  const names = await listFunctions();
  const outdir = join(root, "dist");
  await mkdir(outdir, { recursive: true });
  for (const old of await readdir(outdir))
    if (!names.includes(old)) await rm(join(outdir, old), { recursive: true });
  await build({
    entryPoints: names.map((name) => ({
      in: join(root, "functions", name, "index.ts"),
      out: `${name}/index`,
    })),
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    // What a bundle does not use can be left out only of ES modules.
    mainFields: ["module", "main"],
    // Reading maps would double a function's memory; bundles are not minified, so that a stack
    // tells where it was without.
    sourcemap: false,
    external: ["@google-cloud/functions-framework"],
    // Packages in CommonJS ask for `require`, which an ES module does not have.
    banner: {
      js: 'import { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(import.meta.url);',
    },
    logLevel: "warning",
  });
  await buildPages();
  const document = JSON.stringify(await makeDocument(names));
  await writeFile(join(outdir, "serve-web/web/openapi.json"), document);
};

if (import.meta.main) await buildFunctions();
