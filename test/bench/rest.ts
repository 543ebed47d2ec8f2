/**
 * Waits until the machine is at rest: what a load leaves behind (streams, ranks, purging) would
 * otherwise be measured as the time of the queries that follow it.
 */
import { type CpuInfo, cpus } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

const LONGEST_MS = 120_000;
const LOOK_MS = 1_000;
const QUIET_LOOKS = 3;
/** Of all processors: an idle cluster of nine servers takes a quarter of two. */
const QUIET_SHARE = 0.35;

export interface Times {
  readonly idle: number;
  readonly all: number;
}

const sum = (values: readonly number[]): number => values.reduce((one, other) => one + other, 0);

export const toTimes = (found: readonly Pick<CpuInfo, "times">[]): Times => ({
  idle: sum(found.map(({ times }) => times.idle)),
  all: sum(found.flatMap(({ times }) => Object.values(times))),
});

/** The share of the processors' time, 0 to 1, that was not idle. */
export const busyShare = (before: Times, after: Times): number => {
  const all = after.all - before.all;
  return all === 0 ? 0 : 1 - (after.idle - before.idle) / all;
};

/** Resolves with the last second's busy share, also when the machine finds no rest in time. */
export const waitForRest = async (): Promise<number> => {
  const deadline = performance.now() + LONGEST_MS;
  let quiet = 0;
  let before = toTimes(cpus());
  for (;;) {
    await sleep(LOOK_MS);
    const after = toTimes(cpus());
    const share = busyShare(before, after);
    before = after;
    quiet = share <= QUIET_SHARE ? quiet + 1 : 0;
    if (quiet >= QUIET_LOOKS || performance.now() > deadline) return share;
  }
};
