/**
 * Process groups, as /proc tells. A zombie counts as ended: under a container's init nobody may
 * ever reap it, and waiting for it would be waiting for ever.
 */
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

interface ProcessInfo {
  readonly isZombie: boolean;
  readonly group: number;
  /** In clock ticks since boot: with the id it names a process for good. */
  readonly startTime: string;
}

/** Undefined when there is no such process. The name in parentheses may hold spaces. */
const readProcess = async (pid: number | string): Promise<ProcessInfo | undefined> => {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, , group] = fields;
  const startTime = fields[19];
  if (!state || !group || !startTime) return undefined;
  return { isZombie: state === "Z" || state === "X", group: Number(group), startTime };
};

/** The start time of a process that lives. */
export const readStartTime = async (pid: number): Promise<string | undefined> => {
  const found = await readProcess(pid);
  return found && !found.isZombie ? found.startTime : undefined;
};

/** False when there is nobody to signal. */
const signal = (target: number, name: NodeJS.Signals | 0): boolean => {
  try {
    process.kill(target, name);
    return true;
  } catch {
    return false;
  }
};

export const signalGroup = (pid: number, name: NodeJS.Signals | 0): boolean => signal(-pid, name);

export const isGroupAlive = async (pid: number): Promise<boolean> => {
  if (!signalGroup(pid, 0)) return false;
  const names = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(names.map(readProcess));
  return found.some((one) => one?.group === pid && !one.isZombie);
};

/** A signal costs nothing, a look through /proc does: zombies are looked for once a second. */
const untilEnded = async (pid: number, timeout: number): Promise<boolean> => {
  const deadline = Date.now() + timeout;
  for (let look = 1; Date.now() < deadline; look++) {
    if (!signalGroup(pid, 0)) return true;
    if (look % 20 === 0 && !(await isGroupAlive(pid))) return true;
    await sleep(50);
  }
  return false;
};

/**
 * End a process group: by request, then by force. Its leader is asked alone, as it ends the others
 * in its own way: mysqlctld's client that stops MySQL tries for 50 s when MySQL is already ending.
 */
export const endGroup = async (pid: number, timeout: number): Promise<void> => {
  const hasLeader = (await readStartTime(pid)) !== undefined;
  signal(hasLeader ? pid : -pid, "SIGTERM");
  if (await untilEnded(pid, timeout)) return;
  signalGroup(pid, "SIGKILL");
  await untilEnded(pid, 5_000);
};
