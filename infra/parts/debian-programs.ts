/**
 * Install MySQL and Redis privately from the distribution's own archive, without touching the
 * system and without root: an apt state of its own, whose signatures are verified as ever, the
 * packages unpacked into the cache and bound to their own C library by patchelf.
 *
 * Debian's stable release has no MySQL, its unstable one has; Ubuntu has it in its own release.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cached, exists } from "./cache.ts";
import { run } from "./run.ts";

const tools = ["redis-server", "redis-tools", "patchelf"];
/** What MySQL's programs are called, newest first: Debian names no version, Ubuntu does. */
const mysqlSuffixes = { debian: [""], ubuntu: ["-8.4", "-8.0"] } as const;
// mysqladmin is how mysqlctld stops its server.
const programs = [
  "usr/sbin/mysqld",
  "usr/bin/mysqladmin",
  "usr/bin/redis-check-rdb",
  "usr/bin/redis-cli",
];

/** One deb822 stanza or one `deb` line of the machine's own sources, reduced to what we need. */
interface Archive {
  readonly uri: string;
  readonly signedBy?: string;
}

const parseStanza = (stanza: string): Archive | undefined => {
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}:\\s*(\\S+)`, "im").exec(stanza)?.[1];
  const uri = field("URIs");
  if (!uri || !/^Types:.*\bdeb\b/im.test(stanza)) return undefined;
  const signedBy = field("Signed-By");
  return signedBy ? { uri, signedBy } : { uri };
};

const parseLine = (line: string): Archive | undefined => {
  const match = /^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)/.exec(line);
  if (!match?.[2]) return undefined;
  const signedBy = /signed-by=(\S+)/.exec(match[1] ?? "")?.[1];
  return signedBy ? { uri: match[2], signedBy } : { uri: match[2] };
};

/** The archives named in apt's sources, in both of their formats. */
export const parseSources = (text: string): readonly Archive[] => [
  ...text.split(/\n\s*\n/).flatMap((stanza) => parseStanza(stanza) ?? []),
  ...text.split("\n").flatMap((line) => parseLine(line.trim()) ?? []),
];

const readSources = async (): Promise<string> => {
  const folder = "/etc/apt/sources.list.d";
  const names = await readdir(folder).catch(() => [] as string[]);
  const files = ["/etc/apt/sources.list", ...names.map((name) => join(folder, name))];
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")));
  return texts.join("\n\n");
};

interface Distribution {
  readonly suites: readonly string[];
  readonly components: string;
  readonly mysqlSuffixes: readonly string[];
  readonly archive: Archive;
}

/** Which suites of which archive to ask, read from the machine's own settings. */
const findDistribution = async (): Promise<Distribution> => {
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  const field = (name: string): string =>
    new RegExp(`^${name}="?([^"\\n]*)`, "m").exec(release)?.[1] ?? "";
  const isUbuntu = field("ID") === "ubuntu";
  const wanted = isUbuntu ? /ubuntu/ : /\/debian\/?$/;
  const archive = parseSources(await readSources()).find(({ uri }) => wanted.test(uri));
  if (!archive)
    throw new Error("No archive of Debian or Ubuntu in apt's sources: put mysqld on the PATH");
  const codename = field("VERSION_CODENAME");
  return isUbuntu
    ? {
        suites: [codename, `${codename}-updates`],
        components: "main universe",
        mysqlSuffixes: mysqlSuffixes.ubuntu,
        archive,
      }
    : {
        suites: ["unstable"],
        components: "main",
        mysqlSuffixes: mysqlSuffixes.debian,
        archive,
      };
};

const writeAptState = async (state: string, distribution: Distribution): Promise<string> => {
  const { archive, suites, components } = distribution;
  for (const folder of ["lists/partial", "cache/archives/partial"])
    await mkdir(join(state, folder), { recursive: true });
  const key =
    archive.signedBy ??
    (archive.uri.includes("ubuntu")
      ? "/usr/share/keyrings/ubuntu-archive-keyring.gpg"
      : "/usr/share/keyrings/debian-archive-keyring.gpg");
  await writeFile(
    join(state, "archive.sources"),
    `Types: deb\nURIs: ${archive.uri}\nSuites: ${suites.join(" ")}\nComponents: ${components}\nSigned-By: ${key}\n`,
  );
  await writeFile(join(state, "status"), "");
  const configuration = join(state, "apt.conf");
  await writeFile(
    configuration,
    [
      `Dir::State "${state}";`,
      `Dir::State::status "${join(state, "status")}";`,
      `Dir::State::lists "${join(state, "lists")}";`,
      `Dir::Cache "${join(state, "cache")}";`,
      `Dir::Etc::sourcelist "${join(state, "archive.sources")}";`,
      'Dir::Etc::sourceparts "/dev/null";',
      'Acquire::Languages "none";',
      'Acquire::Retries "3";',
      // As root, apt drops to a user of its own, who may not reach this folder.
      'APT::Sandbox::User "root";',
    ].join("\n"),
  );
  return configuration;
};

/** The newest MySQL that the archive has. */
const findMysqlPackages = async (
  suffixes: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<readonly string[]> => {
  for (const suffix of suffixes) {
    const names = [`mysql-server-core${suffix}`, `mysql-client-core${suffix}`];
    const found = await run("apt-cache", ["show", ...names], { env }).catch(() => undefined);
    if (found !== undefined) return names;
  }
  throw new Error("The archive has no MySQL: put mysqld and mysqladmin on the PATH");
};

const isArm = process.arch === "arm64";
const triplet = isArm ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
const loaderName = isArm ? "ld-linux-aarch64.so.1" : "ld-linux-x86-64.so.2";

export interface Binding {
  /** Path of the dynamic loader. */
  readonly loader: string;
  /** Folders of libraries, a colon between each two. */
  readonly path: string;
}

/** Binds a program to a loader and libraries, by the tools of the installation at `root`. */
export const rebind = async (
  root: string,
  program: string,
  { loader, path }: Binding,
): Promise<void> => {
  const libraries = join(root, "usr/lib", triplet);
  // patchelf itself needs the same libraries, so it is started through the loader.
  const patchelf = ["--library-path", libraries, join(root, "usr/bin/patchelf")];
  // --force-rpath: unlike RUNPATH it holds for the libraries' own dependencies too.
  const settings = ["--set-interpreter", loader, "--force-rpath", "--set-rpath", path];
  await run(join(libraries, loaderName), [...patchelf, ...settings, program]);
};

/** To what came with it. */
const bind = async (root: string, program: string): Promise<void> => {
  const libraries = join(root, "usr/lib", triplet);
  await rebind(root, join(root, program), {
    loader: join(libraries, loaderName),
    path: `${libraries}:${join(root, "usr/lib/mysql/private")}`,
  });
};

/** Answer the root of the private installation, making it first if it is not cached. */
export const debianPrograms = async (onLine?: (line: string) => void): Promise<string> => {
  const distribution = await findDistribution();
  const { suites, archive } = distribution;
  const key = createHash("sha256")
    .update(JSON.stringify([suites, tools, distribution.mysqlSuffixes, archive.uri]))
    .digest("hex");
  const name = `servers-${suites[0]}-${key.slice(0, 8)}`;
  const listen = onLine ? { onLine } : {};
  const directory = await cached(name, async (scratch) => {
    const state = join(scratch, "apt");
    const env = { APT_CONFIG: await writeAptState(state, distribution) };
    await run("apt-get", ["update"], { env, ...listen });
    const mysql = await findMysqlPackages(distribution.mysqlSuffixes, env);
    const wanted = [...mysql, ...tools];
    const install = ["install", "--yes", "--no-install-recommends", "--download-only", ...wanted];
    await run("apt-get", install, { env, ...listen });
    const archives = join(state, "cache/archives");
    const files = (await readdir(archives)).filter((file) => file.endsWith(".deb")).sort();
    const root = join(scratch, "root");
    const lock: Record<string, string> = {};
    for (const file of files) {
      const path = join(archives, file);
      lock[file] = createHash("sha256")
        .update(await readFile(path))
        .digest("hex");
      await run("dpkg", ["-x", path, root]);
    }
    await writeFile(join(scratch, "lock.json"), `${JSON.stringify(lock, null, 2)}\n`);
    // mysqlctld would prefer it to mysqld; it looks for the system's own folders and restarts a
    // server behind the supervisor's back.
    await run("rm", ["-rf", state, join(root, "usr/bin/mysqld_safe")]);
  });
  const root = join(directory, "root");
  // Bound after the rename into place, since the paths written into the programs are absolute.
  const bound = join(directory, ".bound");
  if (!(await exists(bound))) {
    for (const program of programs) await bind(root, program);
    await writeFile(bound, "");
  }
  return root;
};
