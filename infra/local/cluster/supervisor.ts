/**
 * Keep a set of processes running.
 *
 * 1. A unit that ends without being asked is started again, after a pause that doubles from 0.5 s
 *    (or `crashPause`) to 15 s and is forgotten once it has run for a minute.
 * 2. Before each start what is left of the unit's process group is killed, so that a child of a
 *    killed parent (mysqld of mysqlctld) never meets its successor.
 * 3. stop() asks with SIGTERM, waits, and kills the group; it is final until the next start().
 */
import type { ChildProcess } from "node:child_process";
import { closeSync, openSync, truncateSync } from "node:fs";
import { copyFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Account, launch, type Program } from "./launch.ts";
import { endGroup, signalGroup } from "./processes.ts";

export interface Unit extends Program {
  readonly name: string;
  /** Whether it serves; asked until it says yes after a start, then every few seconds. */
  readonly isReady: () => Promise<boolean>;
  /** Runs before each start. */
  readonly prepare?: () => Promise<void>;
  /** How long it may take to end by itself, in milliseconds. */
  readonly stopTimeout?: number;
  /** A process that lives but has not answered for so long is ended and started again. */
  readonly hungAfter?: number;
  /** The first pause, in milliseconds, where it did not end by itself in good order. */
  readonly crashPause?: number;
}

export type UnitState = "starting" | "running" | "unhealthy" | "waiting" | "stopped";

export interface UnitStatus {
  readonly name: string;
  readonly state: UnitState;
  readonly pid?: number;
  readonly restarts: number;
  /** Milliseconds since 1970 of its last change of state. */
  readonly since: number;
  readonly lastExit?: string;
}

interface Slot {
  readonly unit: Unit;
  state: UnitState;
  since: number;
  restarts: number;
  wanted: boolean;
  child?: ChildProcess;
  lastExit?: string;
  loop?: Promise<void>;
  lastHealthy: number;
  readonly waiters: Set<() => void>;
}

export interface Supervisor {
  /** Start the unit and resolve once it is ready; rejects when it is stopped before that. */
  start(unit: Unit): Promise<void>;
  stop(name: string): Promise<void>;
  /** Stops it without asking it; it stays stopped until the next start(). */
  kill(name: string): Promise<void>;
  /** A stopped unit is no longer listed. */
  forget(name: string): void;
  status(): readonly UnitStatus[];
}

const GOOD_EXIT = "exit 0";
const firstPause = 500;
const longestPause = 15_000;
const forgetAfter = 60_000;
const probeEvery = 5_000;

const leastPause = ({ unit, lastExit }: Slot): number =>
  lastExit === GOOD_EXIT ? firstPause : (unit.crashPause ?? firstPause);

const largestLog = 20 * 1024 * 1024;

/** Keep one older log: the process goes on appending to the same, emptied file. */
const rotate = async (file: string): Promise<void> => {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size < largestLog) return;
  await copyFile(file, `${file}.1`);
  truncateSync(file);
};

export interface SupervisorOptions {
  readonly logs: string;
  readonly account: Account | undefined;
  readonly onChange?: (status: UnitStatus) => void;
}

const toStatus = (slot: Slot): UnitStatus => ({
  name: slot.unit.name,
  state: slot.state,
  ...(slot.child?.pid === undefined ? {} : { pid: slot.child.pid }),
  restarts: slot.restarts,
  since: slot.since,
  ...(slot.lastExit === undefined ? {} : { lastExit: slot.lastExit }),
});

export const createSupervisor = ({ logs, account, onChange }: SupervisorOptions): Supervisor => {
  const slots = new Map<string, Slot>();
  const logFile = (unit: Unit): string => join(logs, `${unit.name.replaceAll("/", "-")}.log`);

  const enter = (slot: Slot, state: UnitState): void => {
    if (slot.state === state) return;
    slot.state = state;
    slot.since = Date.now();
    onChange?.(toStatus(slot));
    for (const wake of slot.waiters) wake();
  };

  const note = (slot: Slot, isHealthy: boolean): void => {
    if (isHealthy) {
      slot.lastHealthy = Date.now();
      enter(slot, "running");
    } else if (slot.state === "running") enter(slot, "unhealthy");
  };

  const isHung = ({ unit, state, lastHealthy }: Slot): boolean =>
    state === "unhealthy" &&
    unit.hungAfter !== undefined &&
    Date.now() - lastHealthy > unit.hungAfter;

  /** Ask the unit how it is until its process has ended, of which `over` tells. */
  const watch = async (slot: Slot, child: ChildProcess, over: AbortSignal): Promise<void> => {
    slot.lastHealthy = Date.now();
    const isCurrent = (): boolean => slot.child === child && slot.wanted && !over.aborted;
    while (isCurrent()) {
      const isHealthy = await slot.unit.isReady().catch(() => false);
      if (!isCurrent()) return;
      note(slot, isHealthy);
      if (isHung(slot)) signalGroup(child.pid ?? 0, "SIGKILL");
      await rotate(logFile(slot.unit)).catch(() => undefined);
      const pause = slot.state === "running" ? probeEvery : 150;
      await sleep(pause, undefined, { signal: over }).catch(() => undefined);
    }
  };

  /** One life of the process; answers how it ended. */
  const live = async (slot: Slot): Promise<string> => {
    await slot.unit.prepare?.();
    const child = launch(slot.unit, logFile(slot.unit), account);
    slot.child = child;
    enter(slot, "starting");
    const ended = new Promise<string>((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("exit", (code, signal) => resolve(signal ?? `exit ${code}`));
    });
    const over = new AbortController();
    const watching = watch(slot, child, over.signal);
    const exit = await ended;
    over.abort();
    if (child.pid !== undefined) await endGroup(child.pid, slot.unit.stopTimeout ?? 10_000);
    delete slot.child;
    await watching;
    return exit;
  };

  const keep = async (slot: Slot): Promise<void> => {
    let pause = firstPause;
    while (slot.wanted) {
      const start = Date.now();
      slot.lastExit = await live(slot).catch((error: Error) => error.message);
      if (!slot.wanted) break;
      if (Date.now() - start > forgetAfter) pause = firstPause;
      pause = Math.max(pause, leastPause(slot));
      slot.restarts++;
      enter(slot, "waiting");
      for (let left = pause; left > 0 && slot.wanted; left -= 100) await sleep(100);
      pause = Math.min(pause * 2, longestPause);
    }
    enter(slot, "stopped");
  };

  const untilReady = (slot: Slot): Promise<void> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        const isOver = slot.state === "running" || !slot.wanted;
        if (!isOver) return;
        slot.waiters.delete(check);
        if (slot.state === "running") resolve();
        else reject(new Error(`${slot.unit.name} was stopped before it was ready`));
      };
      slot.waiters.add(check);
      check();
    });

  return {
    async start(unit) {
      const known = slots.get(unit.name);
      if (known?.wanted) return untilReady(known);
      await known?.loop;
      closeSync(openSync(logFile(unit), "a"));
      const slot: Slot = {
        unit,
        state: "waiting",
        since: Date.now(),
        restarts: 0,
        wanted: true,
        lastHealthy: 0,
        waiters: new Set(),
      };
      slots.set(unit.name, slot);
      slot.loop = keep(slot);
      return untilReady(slot);
    },
    async stop(name) {
      const slot = slots.get(name);
      if (!slot) return;
      slot.wanted = false;
      for (const wake of slot.waiters) wake();
      const pid = slot.child?.pid;
      if (pid !== undefined) await endGroup(pid, slot.unit.stopTimeout ?? 10_000);
      await slot.loop;
    },
    async kill(name) {
      const slot = slots.get(name);
      if (!slot) return;
      slot.wanted = false;
      for (const wake of slot.waiters) wake();
      let isOver = false;
      const over = Promise.resolve(slot.loop).finally(() => {
        isOver = true;
      });
      // One that was just about to start is met as well.
      while (!isOver) {
        const pid = slot.child?.pid;
        if (pid !== undefined) signalGroup(pid, "SIGKILL");
        await Promise.race([over, sleep(100)]);
      }
    },
    forget: (name) => {
      if (slots.get(name)?.state === "stopped") slots.delete(name);
    },
    status: () => [...slots.values()].map(toStatus),
  };
};
