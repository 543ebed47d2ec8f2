/**
 * Processes of a supervisor that was killed. They are asked to end by the kernel (parent-death
 * signal), but a MySQL server takes seconds to do so: who starts the home again waits for them.
 *
 * A process is known by its id and its start time, so that an id given to somebody else since is
 * never touched.
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Paths } from "./layout.ts";
import { endGroup, isGroupAlive, readStartTime } from "./processes.ts";
import { writeWhole } from "./settings.ts";
import type { UnitStatus } from "./supervisor.ts";

interface Recorded {
  readonly name: string;
  readonly pid: number;
  readonly startTime: string;
}

/** The exit code of a supervisor that found its home taken. */
export const homeTaken = 4;

/** Take the home for this process; answers whether nobody alive has it. */
export const lockHome = async (paths: Paths): Promise<boolean> => {
  const lock = join(paths.home, "supervisor.lock");
  const own = { name: "supervisor", pid: process.pid, startTime: await readStartTime(process.pid) };
  for (let attempt = 0; attempt < 3; attempt++) {
    const isMine = await writeFile(lock, JSON.stringify(own), { flag: "wx" }).then(
      () => true,
      () => false,
    );
    if (isMine) return true;
    const holder = await readFile(lock, "utf8")
      .then((text) => JSON.parse(text) as Recorded)
      .catch(() => undefined);
    if (holder && (await readStartTime(holder.pid)) === holder.startTime) return false;
    await rm(lock, { force: true });
  }
  return false;
};

const file = (paths: Paths): string => join(paths.home, "processes.json");

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
    // The leader may be gone and a child (mysqld) still there: a group's id is not given away
    // while the group lives.
    const leader = await readStartTime(pid);
    if (leader === undefined ? !(await isGroupAlive(pid)) : leader !== startTime) return [];
    await endGroup(pid, 75_000);
    return [name];
  });
  return (await Promise.all(ended)).flat();
};
