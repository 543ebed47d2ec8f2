/** Tries again, a bounded number of times with growing pauses, what may succeed a moment later. */
import { setTimeout as sleep } from "node:timers/promises";

/** What passes, as a change of primary, is noticed that late at most. */
const LONGEST_PAUSE_MS = 500;
/** Five seconds in all, where each fails at once. */
const ATTEMPTS = 13;
/** An attempt may itself wait for ten seconds, as vtgate does for a new primary. */
const WITHIN_MS = 60_000;

export interface RetryOptions {
  readonly attempts?: number;
  /** The first pause; each further one is three times as long, up to half a second, with some jitter. */
  readonly pauseMs?: number;
  /** After this time nothing is tried again. */
  readonly withinMs?: number;
  readonly isPassing: (error: unknown) => boolean;
}

export const retry = async <T>(
  work: () => Promise<T>,
  { attempts = ATTEMPTS, pauseMs = 100, withinMs = WITHIN_MS, isPassing }: RetryOptions,
): Promise<T> => {
  const until = Date.now() + withinMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= attempts || Date.now() >= until || !isPassing(error)) throw error;
    }
    const pause = Math.min(pauseMs * 3 ** (attempt - 1), LONGEST_PAUSE_MS);
    await sleep(pause * (0.75 + Math.random() / 2));
  }
};
