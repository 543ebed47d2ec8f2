import { setTimeout as sleep } from "node:timers/promises";

/** How long one server may keep the figures of all others waiting. */
export const PATIENCE_MS = 1_500;

/** Nothing where it fails or takes too long. */
export const orNothing = async <T>(work: Promise<T>): Promise<T | undefined> => {
  const late = new AbortController();
  const nothing = sleep(PATIENCE_MS, undefined, { signal: late.signal }).catch(() => undefined);
  try {
    return await Promise.race([work.catch(() => undefined), nothing]);
  } finally {
    late.abort();
  }
};
