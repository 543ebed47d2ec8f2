/**
 * A MySQL server's folder as it is after its initialization, made once for a version and kept with
 * the programs: to initialize takes a core for some seconds, to copy a fraction of one. What is each
 * server's own (ids, logs, what it wrote) is not part of it.
 */
import { createHash, randomInt } from "node:crypto";
import { once } from "node:events";
import { chown, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cached } from "#infra/parts/cache.ts";
import { run } from "#infra/parts/run.ts";
import type { Context } from "./context.ts";
import { type Account, launch, type Program } from "./launch.ts";
import { endGroup } from "./processes.ts";

const LONGEST_MS = 120_000;
const LOOK_EVERY_MS = 100;
/** MySQL makes these anew for whoever has none. */
const OWN = ["data/auto.cnf", "error.log", "slow-query.log"];
const LARGEST_SERVER_ID = 2 ** 31;

/** my.cnf without what is one server's own: its folder, its number, its id. Pure. */
export const toShared = (config: string, folder: string): string =>
  config
    .replaceAll(folder, "{folder}")
    .replaceAll(basename(folder).replace("_", "-"), "{name}")
    .replace(/^server-id\s*=.*$/m, "server-id = {id}");

/** The my.cnf of the server in `folder`, such as …/vt_0000000101. Pure. */
export const toOwn = (shared: string, folder: string, id: number): string =>
  shared
    .replaceAll("{folder}", folder)
    .replaceAll("{name}", basename(folder).replace("_", "-"))
    .replace("{id}", String(id));

export interface Template {
  readonly context: Context;
  readonly account: Account | undefined;
  /** What initializes the server whose folder this is, where there is none yet, and runs it. */
  readonly program: (vtdataroot: string) => Program;
  readonly isServing: () => Promise<boolean>;
  /** Where the server is to be. */
  readonly folder: string;
}

const initialize = async (template: Template, vtdataroot: string): Promise<void> => {
  const { account, program, isServing, context } = template;
  const log = join(context.paths.logs, "mysql-template.log");
  const child = launch(program(vtdataroot), log, account);
  const ended = once(child, "exit");
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
  const until = Date.now() + LONGEST_MS;
  let serves = false;
  while (!serves && isAlive() && Date.now() < until) {
    await sleep(LOOK_EVERY_MS);
    serves = await isServing();
  }
  // A clean end: what is copied needs no recovery.
  if (child.pid !== undefined && isAlive()) await endGroup(child.pid, LONGEST_MS);
  const [code] = await ended;
  if (!serves || code !== 0)
    throw new Error(`MySQL could not be initialized; its last words are in ${log}`);
};

const make = async (template: Template, directory: string): Promise<void> => {
  const { account, folder } = template;
  if (account) await chown(directory, account.uid, account.gid);
  await initialize(template, directory);
  const made = join(directory, "server");
  await rename(join(directory, basename(folder)), made);
  const config = join(made, "my.cnf");
  const shared = toShared(await readFile(config, "utf8"), join(directory, basename(folder)));
  await writeFile(config, shared);
  for (const name of OWN) await rm(join(made, name), { force: true });
  for (const logs of ["bin-logs", "relay-logs", "tmp"])
    for (const name of await readdir(join(made, logs))) await rm(join(made, logs, name));
  // Room for changes to come: MySQL sets it aside by itself.
  const redo = join(made, "innodb/logs/#innodb_redo");
  for (const name of await readdir(redo)) if (name.endsWith("_tmp")) await rm(join(redo, name));
};

/** By what it was made with; files of another user could not be read. */
const nameOf = ({ context, account }: Template, settings: string): string => {
  const { vitess, mysqlRoot } = context.parts;
  const made = JSON.stringify([vitess, mysqlRoot, settings, account?.uid ?? "self"]);
  return `mysql-data-${createHash("sha256").update(made).digest("hex").slice(0, 12)}`;
};

/**
 * Puts a server that is initialized, and was never used, into its folder, which must not be there;
 * `settings` of all servers. Cut short it leaves a folder that never served.
 */
export const copyTemplate = async (template: Template, settings: string): Promise<void> => {
  const { folder, account } = template;
  const shared = await cached(nameOf(template, settings), (directory) => make(template, directory));
  await mkdir(dirname(folder), { recursive: true });
  await run("cp", ["-a", join(shared, "server"), folder]);
  const config = join(folder, "my.cnf");
  const text = toOwn(await readFile(config, "utf8"), folder, randomInt(1, LARGEST_SERVER_ID));
  await writeFile(config, text);
  if (account) await chown(config, account.uid, account.gid);
};
