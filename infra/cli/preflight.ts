/** What the machine must have before anything is started, each with its remedy. */
import { mkdir, readFile, statfs } from "node:fs/promises";
import { takenPorts } from "#infra/local/cluster/free-ports.ts";
import type { Paths } from "#infra/local/cluster/layout.ts";
import { cacheRoot, exists } from "#infra/parts/cache.ts";
import { tryRun } from "#infra/parts/run.ts";

/** Something that the person at the keyboard can mend; shown without a stack. */
export class Remedy extends Error {
  override readonly name = "Remedy";
}

const checkSystem = async (): Promise<void> => {
  if (process.platform !== "linux")
    throw new Remedy(
      `This system is ${process.platform}; the local cluster needs Linux (Debian or Ubuntu), for example in a virtual machine.`,
    );
  if (process.arch !== "x64" && process.arch !== "arm64")
    throw new Remedy(`This machine is ${process.arch}; the local cluster needs x64 or arm64.`);
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  if (!/^(ID|ID_LIKE)=.*(debian|ubuntu)/m.test(release))
    throw new Remedy(
      "This is neither Debian nor Ubuntu, whose archives MySQL and Redis are taken from.",
    );
  if ((await tryRun("setpriv", ["--version"])) === undefined)
    throw new Remedy("setpriv is missing; install it: apt-get install util-linux");
};

const oldestGo = 24;

const checkGo = async (): Promise<void> => {
  const version = await tryRun("go", ["env", "GOVERSION"]);
  const minor = Number(/go1\.(\d+)/.exec(version ?? "")?.[1] ?? 0);
  if (minor >= oldestGo) return;
  const usual = "/usr/local/go/bin";
  if (!version && (await exists(`${usual}/go`)))
    throw new Remedy(`Go is in ${usual}, but not on PATH: export PATH="$PATH:${usual}"`);
  const found = version ? `Go is ${version.trim()}` : "Go is missing";
  throw new Remedy(
    `${found}; Vitess is built with Go 1.${oldestGo} or newer: https://go.dev/doc/install`,
  );
};

const gibibyte = 1024 ** 3;

const checkSpace = async (folder: string, gibibytes: number): Promise<void> => {
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  const free = (bavail * bsize) / gibibyte;
  if (free < gibibytes)
    throw new Remedy(
      `${folder} has ${free.toFixed(1)} GiB free; ${gibibytes} GiB are needed. Free some, or set ${folder === cacheRoot() ? "TAGENAL_CACHE" : "TAGENAL_HOME"} to a folder on another disk.`,
    );
};

const checkMemory = async (): Promise<void> => {
  const text = await readFile("/proc/meminfo", "utf8").catch(() => "");
  const available = Number(/MemAvailable:\s+(\d+)/.exec(text)?.[1] ?? Number.POSITIVE_INFINITY);
  if (available < 5 * 1024 * 1024)
    throw new Remedy(
      `${(available / 1024 / 1024).toFixed(1)} GiB of memory are available; the cluster needs 5 GiB.`,
    );
};

/** Refuse early and clearly; nothing has been started yet. */
export const checkMachine = async (paths: Paths, entryPort: number): Promise<void> => {
  await checkSystem();
  await checkGo();
  const isNew = !(await exists(paths.clusterFile));
  await checkSpace(paths.home, isNew ? 4 : 1);
  await checkSpace(cacheRoot(), 1);
  await checkMemory();
  if ((await takenPorts([entryPort])).length > 0)
    throw new Remedy(
      `Port ${entryPort} is taken by another program. Stop it, or choose another: TAGENAL_PORT=${entryPort + 1}`,
    );
};
