/**
 * Answers kept in Redis for a while. Nothing here carries correctness beyond TTL_MS: without Redis
 * every answer comes from where it is made.
 *
 * 1. Each tag has a version, a nonce. An answer is stored with the versions of its tags as they were
 *    before it was made, and is good while they are the same. A write renews the versions after its
 *    commit: an answer made before, whenever it is stored, is never good again.
 * 2. A version that is missing (never asked for, or evicted) is made by the reader, so that an old
 *    one never comes back. If somebody else makes it at the same time, the answer is not stored.
 * 3. One flight for each answer and its versions in a process: who joins it has seen the same
 *    versions, hence nothing that was written before is missing in what it brings.
 * 4. What derives from the reads follows a write by itself, a moment later. Until SETTLED_MS after
 *    a change such an answer is not stored.
 */
import type { Change } from "#events/rows-changed.ts";
import type { Breaker } from "./breaker.ts";
import { type Keys, type Tag, toKeys, toTouchedKeys } from "./cache-tags.ts";
import type { Redis } from "./redis.ts";

/** The longest time for which an answer is kept, whatever is changed behind the API's back. */
export const TTL_MS = 30_000;
/** By then the derived tables, and replicas that are read from, have what was written. */
export const SETTLED_MS = 5_000;
/** Versions live longer than the answers that are made with them. */
const VERSION_LIFE_MS = 3_600_000;
const LARGEST_BYTES = 2 * 2 ** 20;

export interface Answer {
  readonly body: Buffer;
  /** Entity tag. */
  readonly etag: string;
}

/** How an answer was come by. */
export type Finding = "hit" | "miss" | "collapsed" | "unavailable";

export interface Found<Made extends Answer> {
  readonly answer: Answer | Made;
  readonly finding: Finding;
  /** It is kept from now on. */
  readonly isStored: boolean;
  /** Milliseconds for which a kept answer is still good. */
  readonly freshMs: number;
}

export interface Wanted<Made extends Answer> {
  /** Of the answer, unique among all. */
  readonly name: string;
  readonly tags: readonly [Tag, ...Tag[]];
  /** `isSettled`: none of its tags was touched a moment ago. */
  readonly make: (isSettled: boolean) => Promise<Made>;
}

export interface Cache {
  find<Made extends Answer>(wanted: Wanted<Made>): Promise<Found<Made>>;
  /** Nothing that these changes touch is answered any more as it was. Throws where Redis does not answer. */
  touch(changes: readonly Change[]): Promise<void>;
}

/** Keeps nothing. */
export const noCache: Pick<Cache, "find"> = {
  find: async ({ make }) => ({
    answer: await make(false),
    finding: "unavailable",
    isStored: false,
    freshMs: 0,
  }),
};

export interface CacheDeps {
  readonly redis: Pick<Redis, "getMany" | "set" | "setIfMissing">;
  readonly breaker: Breaker;
  /** Told of each that is asked for. */
  readonly onFind?: () => void;
  readonly now?: () => number;
}

/** Such as mfk2x1c0.4fzyo82m: when it was touched, or 0 if a reader made it; the rest is unique. */
const toVersion = (touchedAt: number): string =>
  `${touchedAt.toString(36)}.${Math.random().toString(36).slice(2, 10)}`;

const touchedAtOf = (version: string): number =>
  Number.parseInt(version.slice(0, version.indexOf(".")), 36);

interface Seen {
  readonly entry: Buffer | null;
  /** By key; null where there is none. */
  readonly versions: ReadonlyMap<string, string | null>;
}

/** The versions, when it stops being good, and its entity tag, a line each; then the body. */
const toEntry = (versions: string, goodUntil: number, { body, etag }: Answer): Buffer =>
  Buffer.concat([Buffer.from(`${versions}\n${goodUntil}\n${etag}\n`), body]);

const NEWLINE = 10;

const parseEntry = (
  entry: Buffer,
  versions: string,
): (Answer & { goodUntil: number }) | undefined => {
  const first = versions.length;
  if (entry[first] !== NEWLINE || entry.toString("latin1", 0, first) !== versions) return undefined;
  const second = entry.indexOf(NEWLINE, first + 1);
  const third = entry.indexOf(NEWLINE, second + 1);
  return {
    goodUntil: Number(entry.toString("latin1", first + 1, second)),
    etag: entry.toString("latin1", second + 1, third),
    body: entry.subarray(third + 1),
  };
};

interface Flight<Made extends Answer> {
  readonly made: Made;
  readonly isStored: boolean;
}

export const createCache = ({
  redis,
  breaker,
  onFind = () => {},
  now = Date.now,
}: CacheDeps): Cache => {
  const flights = new Map<string, Promise<Flight<Answer>>>();

  const look = async ({ entry, versions }: Keys): Promise<Seen> => {
    const slots = versions.map((keys, index) => (index === 0 ? [entry, ...keys] : keys));
    const values = await Promise.all(slots.map((keys) => redis.getMany(keys)));
    const [[found = null, ...own] = [], ...others] = values;
    const all = [own, ...others].flat();
    return {
      entry: found,
      versions: new Map(
        versions.flat().map((key, index) => [key, all[index]?.toString("latin1") ?? null]),
      ),
    };
  };

  /** All versions in a text, those that were missing made; undefined where somebody else made one. */
  const complete = async ({ versions }: Seen): Promise<string | undefined> => {
    const made = await Promise.all(
      [...versions].map(async ([key, version]) => {
        if (version !== null) return version;
        const own = toVersion(0);
        return (await redis.setIfMissing(key, own, VERSION_LIFE_MS)) ? own : undefined;
      }),
    );
    return made.includes(undefined) ? undefined : made.join(",");
  };

  const isSettled = ({ versions }: Seen, keys: Iterable<string> = versions.keys()): boolean => {
    const since = now() - SETTLED_MS;
    for (const key of keys) if (touchedAtOf(versions.get(key) ?? "0.") > since) return false;
    return true;
  };

  const fly = async <Made extends Answer>(
    { make }: Wanted<Made>,
    keys: Keys,
    seen: Seen,
  ): Promise<Flight<Made>> => {
    const startedAt = now();
    // Both at once: a write that comes between them makes a version of its own.
    const [versions, made] = await Promise.all([
      breaker.run(async () => ({ text: await complete(seen) })),
      make(isSettled(seen)),
    ]);
    const text = versions?.text;
    const isKept =
      text !== undefined && made.body.length <= LARGEST_BYTES && isSettled(seen, keys.derived);
    const life = startedAt + TTL_MS - now();
    if (!isKept || life <= 0) return { made, isStored: false };
    const entry = toEntry(text, startedAt + TTL_MS, made);
    // Nobody waits for it.
    breaker.run(async () => ({ done: await redis.set(keys.entry, entry, life) })).catch(() => {});
    return { made, isStored: true };
  };

  const join = async <Made extends Answer>(
    wanted: Wanted<Made>,
    keys: Keys,
    seen: Seen,
  ): Promise<Found<Made>> => {
    const key = [keys.entry, ...seen.versions.values()].join("\n");
    const known = flights.get(key);
    if (known !== undefined) {
      const { made } = await known;
      return { answer: made, finding: "collapsed", isStored: false, freshMs: 0 };
    }
    const flight = fly(wanted, keys, seen).finally(() => flights.delete(key));
    flights.set(key, flight);
    const { made, isStored } = await flight;
    return { answer: made, finding: "miss", isStored, freshMs: 0 };
  };

  return {
    find: async (wanted) => {
      onFind();
      const keys = toKeys(wanted.name, wanted.tags);
      const seen = await breaker.run(() => look(keys));
      if (seen === undefined) {
        const answer = await wanted.make(true);
        return { answer, finding: "unavailable", isStored: false, freshMs: 0 };
      }
      const versions = [...seen.versions.values()].join(",");
      const kept = seen.entry === null ? undefined : parseEntry(seen.entry, versions);
      const freshMs = (kept?.goodUntil ?? 0) - now();
      if (kept === undefined || freshMs <= 0) return join(wanted, keys, seen);
      return { answer: kept, finding: "hit", isStored: false, freshMs };
    },
    touch: async (changes) => {
      const version = toVersion(now());
      await Promise.all(
        toTouchedKeys(changes).map((key) => redis.set(key, version, VERSION_LIFE_MS)),
      );
    },
  };
};
