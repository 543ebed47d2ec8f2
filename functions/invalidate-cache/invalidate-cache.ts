/**
 * Makes the cache forget what was changed. Whoever changed it tells the cache itself; this makes up
 * for it where Redis did not answer then. An event twice forgets twice.
 */
import type { Change, RowsChanged } from "#events/rows-changed.ts";
import { within } from "#shared/breaker.ts";
import type { Cache } from "#shared/cache.ts";
import type { Received } from "#shared/event-function.ts";
import { Problem } from "#shared/problem.ts";

export interface InvalidateCacheDeps {
  readonly cache: Pick<Cache, "touch">;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 5_000;

export const createInvalidateCache =
  ({ cache, timeoutMs = TIMEOUT_MS }: InvalidateCacheDeps) =>
  async ({ data }: Received<RowsChanged>): Promise<void> => {
    const changes: readonly Change[] = data.changes;
    try {
      await within(timeoutMs, () => cache.touch(changes));
    } catch (cause) {
      throw new Problem("unavailable", "Redis does not answer", { cause });
    }
  };
