/**
 * Watches the disk of a home. On a full one MySQL does not fail: it holds each write until there
 * is space again, and so does the whole system; whoever waits has to be told why.
 */
import { statfs } from "node:fs/promises";

const LOW_BYTES = 512 * 1024 ** 2;
const EVERY_MS = 5_000;

/** What to say about so many free bytes; undefined where there is enough. Pure. */
export const describeSpace = (freeBytes: number, folder: string): string | undefined => {
  if (freeBytes >= LOW_BYTES) return undefined;
  const megabytes = Math.floor(freeBytes / 1024 ** 2);
  return (
    `The disk of ${folder} has ${megabytes} MiB left. Once it is full, writes wait until somebody ` +
    "makes room; nothing is lost."
  );
};

export interface SpaceWatch {
  warning(): string | undefined;
}

export const watchSpace = (folder: string, log: (text: string) => void): SpaceWatch => {
  let warning: string | undefined;
  const look = async (): Promise<void> => {
    const { bavail, bsize } = await statfs(folder);
    const now = describeSpace(bavail * bsize, folder);
    if (now !== undefined && warning === undefined) log(now);
    if (now === undefined && warning !== undefined) log(`The disk of ${folder} has room again.`);
    warning = now;
  };
  // A home that somebody removed has other problems than its space.
  const lookQuietly = (): void => void look().catch(() => {});
  lookQuietly();
  setInterval(lookQuietly, EVERY_MS).unref();
  return { warning: () => warning };
};
