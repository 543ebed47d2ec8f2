/** Bounded concurrency: so many at a time, the others wait in line, in order. */
import { Problem } from "#shared/problem.ts";

export interface Slots {
  /** Resolves to what gives the slot back; rejects when the signal aborts or the line is full. */
  take(signal?: AbortSignal): Promise<() => void>;
}

/** A limit of 0 is none. */
export const createSlots = (limit: number, longestLine = Number.POSITIVE_INFINITY): Slots => {
  let taken = 0;
  const line = new Set<() => void>();

  const release = (): void => {
    taken -= 1;
    const [next] = line;
    if (next === undefined) return;
    line.delete(next);
    next();
  };
  const take = (): (() => void) => {
    taken += 1;
    return release;
  };
  const wait = (signal: AbortSignal | undefined): Promise<() => void> =>
    new Promise((resolve, reject) => {
      const leave = (): void => {
        line.delete(enter);
        reject(signal?.reason);
      };
      const enter = (): void => {
        signal?.removeEventListener("abort", leave);
        resolve(take());
      };
      signal?.addEventListener("abort", leave, { once: true });
      line.add(enter);
    });

  return {
    take: async (signal) => {
      signal?.throwIfAborted();
      if (limit === 0 || taken < limit) return take();
      if (line.size >= longestLine)
        throw new Problem("unavailable", "too many requests are waiting for this function", {
          headers: { "retry-after": "1" },
        });
      return wait(signal);
    },
  };
};
