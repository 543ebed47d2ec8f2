/** Does something again and again as long as something else is at work; what fails of it does not matter. */
import { setTimeout as sleep } from "node:timers/promises";

export const whileAtWork = async <T>(
  work: () => Promise<T>,
  { again, everyMs }: { readonly again: () => Promise<unknown>; readonly everyMs: number },
): Promise<T> => {
  const controller = new AbortController();
  const { signal } = controller;
  const repeat = async (): Promise<void> => {
    while (!signal.aborted) {
      await again().catch(() => undefined);
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
  };
  const repeating = repeat();
  try {
    return await work();
  } finally {
    controller.abort();
    await repeating;
  }
};
