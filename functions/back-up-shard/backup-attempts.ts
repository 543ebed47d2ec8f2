/**
 * The backups that this process has asked for: those under way, and the tablets that refuse. Should
 * the process end, so do they, and the next look begins anew.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { isProblem } from "#shared/problem.ts";

/** Whoever asks hears what fails at once; what takes longer is looked at again. */
const LOOK_AFTER_MS = 2_000;
/** A vtctld or a tablet that starts again is there by then. */
const STUCK_AFTER_MS = 60_000;

export interface BackupAttempts {
  /** Begins one of the tablet, or waits a while for one that is under way. Throws what it fails with. */
  begin(alias: string): Promise<void>;
  begun(): ReadonlySet<string>;
  /** Those that have refused for STUCK_AFTER_MS or more. */
  stuck(): ReadonlySet<string>;
}

/** As vttablet says it where another process has asked. */
const isUnderWay = (error: unknown): boolean =>
  isProblem(error) && error.message.includes("a backup is already running");

export const createBackupAttempts = (
  backUp: (alias: string) => Promise<void>,
  now: () => number = Date.now,
): BackupAttempts => {
  const underWay = new Map<string, Promise<void>>();
  const refusing = new Map<string, number>();

  const attempt = async (alias: string): Promise<void> => {
    try {
      await backUp(alias);
      refusing.delete(alias);
    } catch (error) {
      if (isUnderWay(error)) refusing.delete(alias);
      else if (!refusing.has(alias)) refusing.set(alias, now());
      throw error;
    } finally {
      underWay.delete(alias);
    }
  };

  return {
    begin: async (alias) => {
      const work = underWay.get(alias) ?? attempt(alias);
      underWay.set(alias, work);
      // Whoever waits for it hears of it; nobody may be waiting.
      work.catch(() => {});
      await Promise.race([work, sleep(LOOK_AFTER_MS)]);
    },
    begun: () => new Set(underWay.keys()),
    stuck: () =>
      new Set([...refusing].filter(([, at]) => now() - at >= STUCK_AFTER_MS).map(([one]) => one)),
  };
};
