/** Tries again, a bounded number of times with growing pauses, what may succeed a moment later. */
import { setTimeout as sleep } from "node:timers/promises";

const LONGEST_PAUSE_MS = 2_000;

export interface RetryOptions {
  readonly attempts?: number;
  /** The first pause; each further one is three times as long, up to 2 s, with some jitter. */
  readonly pauseMs?: number;
  readonly isPassing: (error: unknown) => boolean;
}

export const retry = async <T>(
  work: () => Promise<T>,
  { attempts = 6, pauseMs = 100, isPassing }: RetryOptions,
): Promise<T> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= attempts || !isPassing(error)) throw error;
    }
    const pause = Math.min(pauseMs * 3 ** (attempt - 1), LONGEST_PAUSE_MS);
    await sleep(pause * (0.75 + Math.random() / 2));
  }
};
