/** Tries again until it works or the time is over; then throws the last reason. */
import { setTimeout as sleep } from "node:timers/promises";

const PAUSE_MS = 250;

export const retry = async <T>(seconds: number, work: () => Promise<T>): Promise<T> => {
  for (const deadline = Date.now() + seconds * 1000; ; await sleep(PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
};
