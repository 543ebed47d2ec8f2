/**
 * The newest answers of the API in this tab.
 *
 * 1. What is known is shown at once and asked for again behind it, unless it is younger than
 *    YOUNG_MS: then it was fetched ahead for this.
 * 2. However many want an answer, it is asked for once at a time.
 * 3. Whoever shows an answer hears of a newer one.
 */
import { getJson } from "./api.ts";

export type Load = (path: string, signal: AbortSignal) => Promise<unknown>;

interface Kept {
  readonly data: unknown;
  /** By performance.now(). */
  readonly at: number;
}

interface Flight {
  readonly answer: Promise<unknown>;
  readonly number: number;
}

const YOUNG_MS = 5_000;
const LATEST_MS = 30_000;
const MOST_KEPT = 200;

const kept = new Map<string, Kept>();
const flights = new Map<string, Flight>();
const listeners = new Map<string, Set<() => void>>();
let flightNumber = 0;

export const peek = (path: string): unknown => kept.get(path)?.data;

const keep = (path: string, data: unknown): void => {
  kept.delete(path);
  kept.set(path, { data, at: performance.now() });
  const [oldest] = kept.keys();
  if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  for (const listener of listeners.get(path) ?? []) listener();
};

export const listen = (path: string, listener: () => void): (() => void) => {
  const mine = listeners.get(path) ?? new Set();
  listeners.set(path, mine.add(listener));
  return () => {
    mine.delete(listener);
    if (mine.size === 0) listeners.delete(path);
  };
};

const fly = (path: string, load: Load): Promise<unknown> => {
  flightNumber += 1;
  const number = flightNumber;
  const answer = load(path, AbortSignal.timeout(LATEST_MS)).then(
    (data) => {
      // An answer that was overtaken by a newer question is nobody's any more.
      if (flights.get(path)?.number !== number) return peek(path) ?? data;
      flights.delete(path);
      keep(path, data);
      return data;
    },
    (error: unknown) => {
      if (flights.get(path)?.number === number) flights.delete(path);
      throw error;
    },
  );
  flights.set(path, { answer, number });
  return answer;
};

const isYoung = (path: string): boolean =>
  performance.now() < (kept.get(path)?.at ?? Number.NEGATIVE_INFINITY) + YOUNG_MS;

/** What is young, what is under way, or else a new answer. */
export const want = async (path: string, load: Load = getJson): Promise<unknown> =>
  isYoung(path) ? peek(path) : (flights.get(path)?.answer ?? fly(path, load));

/** A new answer, whatever is known or under way. */
export const renew = (path: string, load: Load = getJson): Promise<unknown> => fly(path, load);

/** The paths that somebody shows and that begin so. */
export const shownPaths = (prefix: string): string[] =>
  [...listeners.keys()].filter((path) => path.startsWith(prefix));

/** Nothing is young any more. */
export const age = (): void => {
  for (const [path, { data }] of kept) kept.set(path, { data, at: Number.NEGATIVE_INFINITY });
};
