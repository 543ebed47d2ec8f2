/** Requests that go on while something happens to those who answer. */
import { setTimeout as sleep } from "node:timers/promises";

export interface Outcome {
  readonly answered: number;
  readonly failed: number;
  /** The longest time in which nothing was answered, in milliseconds. */
  readonly longestPauseMs: number;
}

const REQUEST_MS = 30_000;

/** As many at a time as `lanes`, one after another in each, until the work is done. */
export const keepAsking = async (
  url: string,
  lanes: number,
  work: () => Promise<unknown>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Outcome> => {
  let isOver = false;
  let answered = 0;
  let failed = 0;
  let longestPauseMs = 0;
  let lastAt = performance.now();
  const note = (isOk: boolean): void => {
    if (!isOk) {
      failed += 1;
      return;
    }
    answered += 1;
    const now = performance.now();
    longestPauseMs = Math.max(longestPauseMs, Math.round(now - lastAt));
    lastAt = now;
  };
  const ask = async (): Promise<boolean> => {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(REQUEST_MS) });
    await response.arrayBuffer();
    return response.status === 200;
  };
  const lane = async (): Promise<void> => {
    while (!isOver) {
      const isOk = await ask().catch(() => false);
      note(isOk);
      await sleep(isOk ? 10 : 100);
    }
  };
  const all = Promise.all(Array.from({ length: lanes }, lane));
  try {
    await work();
  } finally {
    isOver = true;
    await all;
  }
  return { answered, failed, longestPauseMs };
};
