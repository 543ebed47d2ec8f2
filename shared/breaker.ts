/**
 * A circuit breaker: what does not answer in time a few times in a row is left alone for a while,
 * then tried by one caller before the others come back.
 */
export interface BreakerOptions {
  readonly timeoutMs: number;
  /** So many failures in a row open it. */
  readonly failures?: number;
  readonly openMs?: number;
  readonly now?: () => number;
  /** Told when it opens, with what failed last. */
  readonly onOpen?: (error: unknown) => void;
}

export interface Breaker {
  /** What `work` gives; undefined where it failed, took too long or was not tried. */
  run<T extends object>(work: () => Promise<T>): Promise<T | undefined>;
}

/** Rejects after the time; what `work` does later is nobody's business any more. */
export const within = <T>(timeoutMs: number, work: () => Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const late = (): void => reject(new Error(`no answer within ${timeoutMs} ms`));
    const timer = setTimeout(late, timeoutMs);
    work()
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });

export const createBreaker = ({
  timeoutMs,
  failures = 3,
  openMs = 1_000,
  now = Date.now,
  onOpen = () => {},
}: BreakerOptions): Breaker => {
  let failed = 0;
  let closedAt = 0;
  let isProbing = false;
  const fail = (error: unknown): undefined => {
    failed += 1;
    closedAt = now() + openMs;
    if (failed === failures) onOpen(error);
  };
  return {
    run: async (work) => {
      const isOpen = failed >= failures;
      if (isOpen && (isProbing || now() < closedAt)) return undefined;
      isProbing = isOpen;
      try {
        const result = await within(timeoutMs, work);
        failed = 0;
        return result;
      } catch (error) {
        return fail(error);
      } finally {
        if (isOpen) isProbing = false;
      }
    },
  };
};
