/**
 * How many media lie in the object store, and their bytes. The store has to be listed for it: what
 * is counted is kept the longer, the longer the counting took, so that it never takes more than one
 * part in fifty of a core.
 */
import { MEDIA_PREFIX } from "#shared/media.ts";
import type { ObjectStore } from "#shared/object-store.ts";

export interface MediaCount {
  readonly objects: number;
  readonly bytes: number;
  /** In milliseconds since 1970. */
  readonly at: number;
}

const LEAST_MS = 5_000;
const RATIO = 50;

const count = async (objects: Pick<ObjectStore, "list">): Promise<MediaCount> => {
  const at = Date.now();
  let found = 0;
  let bytes = 0;
  for await (const { size } of objects.list(MEDIA_PREFIX)) {
    found += 1;
    bytes += size;
  }
  return { objects: found, bytes, at };
};

/** The first caller waits for the first count; later ones get the last one while it is renewed. */
export const createCountMedia = (objects: Pick<ObjectStore, "list">) => {
  let last: MediaCount | undefined;
  let running: Promise<MediaCount> | undefined;
  let again = 0;
  const renew = async (): Promise<MediaCount> => {
    try {
      last = await count(objects);
      const now = Date.now();
      again = now + Math.max(LEAST_MS, RATIO * (now - last.at));
      return last;
    } finally {
      running = undefined;
    }
  };
  return async (): Promise<MediaCount> => {
    if (last !== undefined && Date.now() < again) return last;
    running ??= renew();
    if (last === undefined) return running;
    // What it cannot count now it tells the next one who asks.
    running.catch(() => undefined);
    return last;
  };
};
