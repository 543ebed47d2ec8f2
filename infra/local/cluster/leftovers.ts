/**
 * Processes of a supervisor that was killed. They are asked to end by the kernel (parent-death
 * signal), but a MySQL server takes seconds to do so: who starts the home again waits for them.
 *
 * A process is known by its id and its start time, so that an id given to somebody else since is
 * never touched.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Paths } from "./layout.ts";
import { writeWhole } from "./settings.ts";
import { endGroup, type UnitStatus } from "./supervisor.ts";

interface Recorded {
  readonly name: string;
  readonly pid: number;
  readonly startTime: string;
}

const file = (paths: Paths): string => join(paths.home, "processes.json");

/** Field 22 of /proc/PID/stat, in clock ticks since boot; the name before it may hold spaces. */
const readStartTime = async (pid: number): Promise<string | undefined> => {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return text.slice(text.lastIndexOf(")") + 2).split(" ")[19];
};

export const recordProcesses = async (
  paths: Paths,
  statuses: readonly UnitStatus[],
): Promise<void> => {
  const recorded: Recorded[] = [];
  for (const { name, pid } of statuses) {
    const startTime = pid === undefined ? undefined : await readStartTime(pid);
    if (pid !== undefined && startTime) recorded.push({ name, pid, startTime });
  }
  await writeWhole(file(paths), `${JSON.stringify(recorded, null, 2)}\n`);
};

const readRecorded = async (paths: Paths): Promise<readonly Recorded[]> => {
  try {
    return JSON.parse(await readFile(file(paths), "utf8")) as readonly Recorded[];
  } catch {
    return [];
  }
};

/** End what an earlier supervisor left; answers the names of what still ran. */
export const endLeftovers = async (paths: Paths): Promise<readonly string[]> => {
  const ended = (await readRecorded(paths)).map(async ({ name, pid, startTime }) => {
    if ((await readStartTime(pid)) !== startTime) return [];
    await endGroup(pid, 75_000);
    return [name];
  });
  return (await Promise.all(ended)).flat();
};
