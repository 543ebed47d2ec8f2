/** What a tablet takes of this machine: its vttablet and its MySQL together. */
import { readdir, readFile, stat, statfs } from "node:fs/promises";
import { join } from "node:path";

export interface TabletUsage {
  readonly name: string;
  /** Of one core, since it was last asked for; at first since the processes started. */
  readonly cpuPercent: number;
  readonly memoryBytes: number;
  readonly diskUsedBytes: number;
  readonly diskFreeBytes: number;
}

interface ProcessUsage {
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
  /** Since when it runs, in seconds since the machine started. */
  readonly startedAt: number;
}

/** Linux counts in hundredths of a second towards programs, whatever it does itself. */
const TICKS = 100;
/** The files of a server hardly grow meanwhile, and there are hundreds. */
const DISK_EVERY_MS = 30_000;

const readProcessUsage = async (pid: number): Promise<ProcessUsage | undefined> => {
  const [stat = "", status = ""] = await Promise.all(
    ["stat", "status"].map((name) => readFile(`/proc/${pid}/${name}`, "utf8").catch(() => "")),
  );
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, system, startedAt] = [fields[11], fields[12], fields[19]].map(Number);
  if (user === undefined || system === undefined || startedAt === undefined) return undefined;
  const kilobytes = Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? Number.NaN);
  // One that has ended and was not waited for has no memory any more.
  if (Number.isNaN(kilobytes)) return undefined;
  return {
    cpuSeconds: (user + system) / TICKS,
    memoryBytes: kilobytes * 1024,
    startedAt: startedAt / TICKS,
  };
};

const sizeOf = async (folder: string): Promise<number> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.map((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return sizeOf(path);
      // Blocks, not length: a file with holes takes less than it is long.
      return stat(path).then(
        ({ blocks }) => blocks * 512,
        () => 0,
      );
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
};

const readUptime = async (): Promise<number> =>
  Number((await readFile("/proc/uptime", "utf8")).split(" ")[0]);

export interface UsedTablet {
  readonly name: string;
  readonly folder: string;
  /** Of its vttablet, where that runs. */
  readonly pid: number | undefined;
}

export const createUsageReader = () => {
  const cpu = new Map<string, { readonly at: number; readonly seconds: number }>();
  const disk = new Map<string, { readonly at: number; readonly bytes: number }>();

  const toCpuPercent = (name: string, usages: readonly ProcessUsage[], uptime: number): number => {
    const seconds = usages.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
    const before = cpu.get(name);
    cpu.set(name, { at: uptime, seconds });
    const start = Math.min(uptime, ...usages.map(({ startedAt }) => startedAt));
    // Less than before: a process has started again in between.
    const known = before !== undefined && before.seconds <= seconds && before.at > start;
    const [from, spent] = known ? [before.at, seconds - before.seconds] : [start, seconds];
    return uptime > from ? Math.round((1_000 * spent) / (uptime - from)) / 10 : 0;
  };

  const readDisk = async (name: string, folder: string): Promise<number> => {
    const before = disk.get(name);
    if (before !== undefined && Date.now() - before.at < DISK_EVERY_MS) return before.bytes;
    const bytes = await sizeOf(folder);
    disk.set(name, { at: Date.now(), bytes });
    return bytes;
  };

  const readOne = async ({ name, folder, pid }: UsedTablet, uptime: number) => {
    const mysqlPid = Number(await readFile(join(folder, "mysql.pid"), "utf8").catch(() => ""));
    const pids = [pid ?? 0, mysqlPid].filter((one) => one > 0);
    const found = (await Promise.all(pids.map(readProcessUsage))).filter(
      (usage) => usage !== undefined,
    );
    const space = await statfs(folder).catch(() => undefined);
    return {
      name,
      cpuPercent: toCpuPercent(name, found, uptime),
      memoryBytes: found.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
      diskUsedBytes: await readDisk(name, folder),
      diskFreeBytes: space === undefined ? 0 : space.bavail * space.bsize,
    };
  };

  return async (tablets: readonly UsedTablet[]): Promise<TabletUsage[]> => {
    const uptime = await readUptime();
    return Promise.all(tablets.map((tablet) => readOne(tablet, uptime)));
  };
};
