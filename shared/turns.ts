/**
 * Lets readers go first: while somebody reads, heavy statements take turns, one at a time in this
 * process, and rest as long as each took. With nobody reading they run as they come.
 */
import { setTimeout as sleep } from "node:timers/promises";

/** Works when it is its turn. */
export type Turn = <T>(work: () => Promise<T>) => Promise<T>;

export const atOnce: Turn = (work) => work();

/** A load that was asked to go on at full pace lets nobody go first. */
export const turnOf = (request: Readonly<Record<string, unknown>>, turn: Turn): Turn =>
  request["pace"] === "full" ? atOnce : turn;

export interface TurnsDeps {
  readonly isAnybodyReading: () => Promise<boolean>;
  readonly pause?: (ms: number) => Promise<unknown>;
}

const LONGEST_PAUSE_MS = 1_000;

export const createTurns = ({ isAnybodyReading, pause = sleep }: TurnsDeps): Turn => {
  let last: Promise<unknown> = Promise.resolve();
  return async (work) => {
    if (!(await isAnybodyReading())) return work();
    const before = last;
    let startedAt = 0;
    const mine = before.then(() => {
      startedAt = performance.now();
      return work();
    });
    // Whoever comes next rests first; whoever waits for this one does not.
    const rest = (): Promise<unknown> =>
      pause(Math.min(LONGEST_PAUSE_MS, performance.now() - startedAt));
    last = mine.then(rest, rest);
    return mine;
  };
};
