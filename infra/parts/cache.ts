/**
 * Where the programs that the local cluster runs are kept, outside the clone, found again by
 * version. A part is made in a folder of its own and renamed into place when it is whole, so that a
 * killed build leaves nothing that looks finished.
 */
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** TAGENAL_CACHE; for root a folder that the unprivileged user of the servers can reach. */
export const cacheRoot = (): string => {
  const { TAGENAL_CACHE: own, XDG_CACHE_HOME: xdg } = process.env;
  if (own) return own;
  if (process.getuid?.() === 0) return "/var/cache/tagenal";
  return join(xdg || join(homedir(), ".cache"), "tagenal");
};

export const exists = async (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
};

/** Take the lock, or break it when its owner is gone; two clones may build at the same time. */
const takeLock = async (lock: string): Promise<void> => {
  for (;;) {
    try {
      await writeFile(lock, String(process.pid), { flag: "wx" });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const owner = Number(await readFile(lock, "utf8").catch(() => "0"));
    if (owner > 0 && !isAlive(owner)) await rm(lock, { force: true });
    await sleep(500);
  }
};

/** Answer the folder `name` of the cache, made by `make` in a scratch folder if it is not there. */
export const cached = async (
  name: string,
  make: (directory: string) => Promise<void>,
): Promise<string> => {
  const root = cacheRoot();
  const directory = join(root, name);
  if (await exists(join(directory, ".complete"))) return directory;
  await mkdir(root, { recursive: true });
  const lock = `${directory}.lock`;
  await takeLock(lock);
  try {
    if (await exists(join(directory, ".complete"))) return directory;
    const scratch = `${directory}.making`;
    await rm(scratch, { recursive: true, force: true });
    await rm(directory, { recursive: true, force: true });
    await mkdir(scratch, { recursive: true });
    await make(scratch);
    await writeFile(join(scratch, ".complete"), `${new Date().toISOString()}\n`);
    await rename(scratch, directory);
    return directory;
  } finally {
    await rm(lock, { force: true });
  }
};
