/** The npm packages that a program needs in production, found as Node would find them. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

interface PackageJson {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const find = (name: string, from: string): string => {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return candidate;
    if (folder === dirname(folder)) throw new Error(`${name} is not installed: npm ci`);
  }
};

/** Types are dependencies of the framework by name, and nothing at run time. */
const isUsedAtRunTime = (name: string): boolean =>
  !name.startsWith("@types/") && name !== "type-fest";

/** Folders of the package and of everything it depends on. */
export const findPackages = async (root: string, name: string): Promise<readonly string[]> => {
  const found = new Set<string>();
  const visit = async (wanted: string, from: string): Promise<void> => {
    const folder = find(wanted, from);
    if (found.has(folder)) return;
    found.add(folder);
    const json = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as PackageJson;
    for (const dependency of Object.keys(json.dependencies ?? {}).filter(isUsedAtRunTime))
      await visit(dependency, folder);
  };
  await visit(name, root);
  return [...found].sort();
};

const LOADED = /\.(?:js|cjs|mjs|json|node)$|^licen[sc]e/i;
const NOT_LOADED = new Set(["node_modules", "test", "tests", "bench", "docs", "examples"]);

/** Of a package's files those that Node can load, and its licence. */
export const listPackageFiles = async (folder: string): Promise<readonly string[]> => {
  const visit = async (current: string): Promise<string[]> => {
    const entries = await readdir(current, { withFileTypes: true });
    const nested = entries.map(async (entry) => {
      const path = join(current, entry.name);
      if (entry.isDirectory()) return NOT_LOADED.has(entry.name) ? [] : visit(path);
      return entry.isFile() && LOADED.test(entry.name) ? [relative(folder, path)] : [];
    });
    return (await Promise.all(nested)).flat();
  };
  return (await visit(folder)).sort();
};
