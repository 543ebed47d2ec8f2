/**
 * Tells of rows that were changed, after the change: what is kept of them in the cache is answered
 * no longer. Where Redis does not answer, the event of it is tried again until it does; by then at
 * the latest TTL_MS have passed. Never throws: the change is made.
 */
import { type Change, rowsChanged } from "#events/rows-changed.ts";
import { within } from "./breaker.ts";
import type { Cache } from "./cache.ts";
import type { Emit } from "./emit.ts";
import type { Log } from "./log.ts";

export interface Changes {
  /** Of a write, before its caller is answered. */
  note(changes: readonly Change[]): Promise<void>;
  /** Of a load or a move: whoever listens to rows.changed is told in any case. */
  announce(changes: readonly Change[]): Promise<void>;
  /** Does the work and notes the changes, also where it fails: it may have been done in part. */
  during<T>(changes: readonly Change[], work: () => Promise<T>): Promise<T>;
}

export interface ChangesDeps {
  readonly cache: Pick<Cache, "touch">;
  readonly emit: Emit;
  readonly log: Pick<Log, "warn">;
}

const TIMEOUT_MS = 500;

/** Of a load: it would take longer to name its rows than to make all answers anew. */
export const ANY_CHANGE: readonly Change[] = [
  { table: "users" },
  { table: "articles" },
  { table: "reads" },
];

export const createChanges = ({ cache, emit, log }: ChangesDeps): Changes => {
  const tell = async (changes: readonly Change[]): Promise<void> => {
    try {
      await emit(rowsChanged, { subject: "rows", data: { changes: [...changes] } });
    } catch (err) {
      log.warn({ err }, "nobody was told of a change; answers may be old until they expire");
    }
  };
  const touch = async (changes: readonly Change[]): Promise<boolean> => {
    try {
      await within(TIMEOUT_MS, () => cache.touch(changes));
      return true;
    } catch (err) {
      log.warn({ err }, "the cache was not told of a change; the event of it will tell");
      return false;
    }
  };
  const note = async (changes: readonly Change[]): Promise<void> => {
    if (!(await touch(changes))) await tell(changes);
  };
  return {
    note,
    announce: async (changes) => {
      await touch(changes);
      await tell(changes);
    },
    during: async (changes, work) => {
      try {
        return await work();
      } finally {
        await note(changes);
      }
    },
  };
};
