/** What a vttablet counts of its queries (/debug/vars), as figures. Pure. */

/** By plan, the rates of the last 15 minutes, one each 5 s, the latest last. */
type Rates = Readonly<Record<string, readonly number[]>>;

/** How many took at most so many nanoseconds, from the next shorter bound on; "inf" for longer. */
type Buckets = Readonly<Record<string, number>>;

/** The variables of vttablet that are looked at, of some hundreds. */
export interface TabletVars {
  readonly QPS?: Rates;
  readonly Queries?: { readonly Histograms?: Readonly<Record<string, Buckets>> };
}

/** Two samples of 5 s: one alone jumps with every page that somebody opens. */
const SAMPLES = 2;
const READS = /^(Select|Show|OtherRead)/;
const WRITES = /^(Insert|Update|Delete|Load)/;

const latest = (rates: readonly number[]): number => {
  const last = rates.slice(-SAMPLES);
  return last.reduce((sum, rate) => sum + rate, 0) / Math.max(1, last.length);
};

const sumOf = (rates: Rates, kind: RegExp): number => {
  const sum = Object.entries(rates)
    .filter(([plan]) => kind.test(plan))
    .reduce((total, [, samples]) => total + latest(samples), 0);
  return Math.round(sum * 10) / 10;
};

/** Queries a second over the last 10 s. */
export const toRates = ({ QPS: rates = {} }: TabletVars): { reads: number; writes: number } => ({
  reads: sumOf(rates, READS),
  writes: sumOf(rates, WRITES),
});

/** Reads and writes together, by bound in nanoseconds. */
export const toBuckets = ({ Queries: queries = {} }: TabletVars): Map<number, number> => {
  const sum = new Map<number, number>();
  for (const [plan, buckets] of Object.entries(queries.Histograms ?? {})) {
    if (!(READS.test(plan) || WRITES.test(plan))) continue;
    for (const [bound, count] of Object.entries(buckets)) {
      const key = bound === "inf" ? Number.POSITIVE_INFINITY : Number(bound);
      // Count and Time stand beside the bounds.
      if (!Number.isNaN(key)) sum.set(key, (sum.get(key) ?? 0) + count);
    }
  }
  return sum;
};

const SHARE = 0.99;
const NANOSECONDS = 1e6;

/**
 * In milliseconds, what 99 of 100 queries took at most; null where there were none. `before`: what
 * was counted earlier and does not belong to it.
 */
export const toP99 = (
  now: ReadonlyMap<number, number>,
  before: ReadonlyMap<number, number>,
): number | null => {
  const counts = [...now]
    .map(([bound, count]) => ({ bound, count: count - (before.get(bound) ?? 0) }))
    .sort((one, other) => one.bound - other.bound);
  // Less than before: the server has started again, and counts from the beginning.
  if (counts.some(({ count }) => count < 0)) return toP99(now, new Map());
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return null;
  let left = total * SHARE;
  let low = 0;
  for (const { bound, count } of counts) {
    if (left <= count) {
      const high = Number.isFinite(bound) ? bound : low;
      const at = low + (high - low) * (left / count);
      return Math.round((at / NANOSECONDS) * 100) / 100;
    }
    left -= count;
    low = bound;
  }
  return null;
};
