/**
 * Bundle the pages into dist/serve-web/web/: a script, a style sheet and an icon whose names carry
 * the digest of their content, and the shell that names them.
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { build, type Metafile } from "esbuild";

const root = join(import.meta.dirname, "..");
const source = "functions/serve-web/web";
const SHELL = "index.html";

/** What the shell calls a file, by the source that the file is made of. */
const entries = { "app.js": "app.tsx", "style.css": "style.css", "icon.svg": "icon.svg" };

const findBuilt = ({ outputs }: Metafile, entry: string): string => {
  const wanted = `${source}/${entry}`;
  const found = Object.entries(outputs).find(([, { entryPoint, inputs }]) => {
    const isCopied = Object.hasOwn(inputs, wanted) && Object.keys(inputs).length === 1;
    return entryPoint === wanted || isCopied;
  });
  if (found === undefined) throw new Error(`${wanted} was not built`);
  return basename(found[0]);
};

/** What a file of the outputs cannot run without, besides itself. */
const findParts = ({ outputs }: Metafile, built: string): string[] => {
  const output = Object.entries(outputs).find(([name]) => basename(name) === built)?.[1];
  return (output?.imports ?? [])
    .filter(({ kind }) => kind === "import-statement")
    .map(({ path }) => basename(path));
};

/**
 * Names the files as they were built, and the `parts` of the script, which a browser would find only
 * once it has read that. Throws where the shell does not name one of the files.
 */
export const toShell = (
  html: string,
  names: ReadonlyMap<string, string>,
  parts: readonly string[] = [],
): string => {
  const links = parts.map((part) => `<link rel="modulepreload" href="/web/${part}" />`);
  let shell = html.replace("</head>", `${links.join("")}</head>`);
  for (const [name, built] of names) {
    if (!shell.includes(`"/web/${name}"`)) throw new Error(`${SHELL} does not name ${name}`);
    shell = shell.replace(`"/web/${name}"`, `"/web/${built}"`);
  }
  return shell;
};

export const buildPages = async (): Promise<void> => {
  const outdir = join(root, "dist/serve-web/web");
  await rm(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: Object.values(entries).map((entry) => `${source}/${entry}`),
    entryNames: "[name]-[hash]",
    outdir,
    bundle: true,
    // What only one page needs is a file of its own, loaded with that page.
    splitting: true,
    chunkNames: "[name]-[hash]",
    minify: true,
    format: "esm",
    target: ["es2022", "chrome116", "firefox117", "safari17"],
    loader: { ".svg": "copy" },
    tsconfig: join(root, source, "tsconfig.json"),
    metafile: true,
    logLevel: "warning",
  });
  const names = new Map(
    Object.entries(entries).map(([name, entry]) => [name, findBuilt(metafile, entry)]),
  );
  const html = await readFile(join(root, source, SHELL), "utf8");
  const parts = findParts(metafile, names.get("app.js") ?? "");
  await writeFile(join(outdir, SHELL), toShell(html, names, parts));
};
