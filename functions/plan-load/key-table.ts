/**
 * The keys seen so far, with what they stand for, in little memory: 10 million of them are a few
 * hundred megabytes of typed arrays, where a Map of objects would be gigabytes.
 *
 * Open addressing over parallel columns. A key has 64 bits: a number as it is, a text as its hash
 * (two different texts among 10 million share one with a chance of 3 in a million, and are then
 * reported, not lost). Keys are never removed.
 */
import type { Checksum } from "#shared/checksum.ts";

export type Key = Checksum;

/** new: not seen before. same: seen with this content. other: seen with another content. */
export type Claim = "new" | "same" | "other";

export interface KeyTable {
  readonly size: number;
  claim(key: Key, content: Checksum, home: bigint): Claim;
  /** Remembers a key that is in the database, or (undefined) is not there either. */
  learn(key: Key, home: bigint | undefined): void;
  /** The home of a key; null where it is known not to exist, undefined where nothing is known. */
  homeOf(key: Key): bigint | null | undefined;
}

const TWO_32 = 2 ** 32;

export const keyOfNumber = (value: number): Key => ({
  high: Math.floor(value / TWO_32),
  low: value >>> 0,
});

/** cyrb53 with all its 64 bits: a digest would take a tenth of the time of a whole plan. */
export const keyOfText = (text: string): Key => {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 0x9e3779b1);
    low = Math.imul(low ^ unit, 0x5f356495);
  }
  const mixedHigh = Math.imul(high ^ (high >>> 16), 0x85ebca6b);
  const mixedLow = Math.imul(low ^ (low >>> 16), 0x85ebca6b);
  const oneHigh = mixedHigh ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  const oneLow = mixedLow ^ Math.imul(oneHigh ^ (oneHigh >>> 13), 0xc2b2ae35);
  return { high: oneHigh >>> 0, low: oneLow >>> 0 };
};

const EMPTY = 0;
const CLAIMED = 1;
const STORED = 2;
const ABSENT = 3;

interface Columns {
  readonly capacity: number;
  readonly state: Uint8Array;
  /** Key, content and home, high half before low half: six numbers an entry. */
  readonly words: Uint32Array;
}

const WIDTH = 6;

const allocate = (capacity: number): Columns => ({
  capacity,
  state: new Uint8Array(capacity),
  words: new Uint32Array(capacity * WIDTH),
});

/** The index of the key, or of the empty place where it belongs. The capacity is a power of 2. */
const probe = ({ capacity, state, words }: Columns, { high, low }: Key): number => {
  let index = (Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b) >>> 7) & (capacity - 1);
  while (state[index] !== EMPTY) {
    if (words[index * WIDTH] === high && words[index * WIDTH + 1] === low) break;
    index = (index + 1) & (capacity - 1);
  }
  return index;
};

const grow = (old: Columns): Columns => {
  const columns = allocate(old.capacity * 2);
  for (let from = 0; from < old.capacity; from += 1) {
    const state = old.state[from] ?? EMPTY;
    if (state === EMPTY) continue;
    const entry = old.words.subarray(from * WIDTH, (from + 1) * WIDTH);
    const to = probe(columns, { high: entry[0] ?? 0, low: entry[1] ?? 0 });
    columns.state[to] = state;
    columns.words.set(entry, to * WIDTH);
  }
  return columns;
};

export const createKeyTable = (initialCapacity = 1024): KeyTable => {
  let columns = allocate(initialCapacity);
  let size = 0;
  const place = (key: Key): number => {
    if (size * 4 >= columns.capacity * 3) columns = grow(columns);
    return probe(columns, key);
  };
  const write = (index: number, state: number, key: Key, content: Checksum, home: bigint): void => {
    if (columns.state[index] === EMPTY) size += 1;
    columns.state[index] = state;
    const { words } = columns;
    const start = index * WIDTH;
    words[start] = key.high;
    words[start + 1] = key.low;
    words[start + 2] = content.high;
    words[start + 3] = content.low;
    words[start + 4] = Number(home >> 32n);
    words[start + 5] = Number(home & 0xffffffffn);
  };
  return {
    get size() {
      return size;
    },
    claim: (key, content, home) => {
      const index = place(key);
      if (columns.state[index] !== CLAIMED) {
        write(index, CLAIMED, key, content, home);
        return "new";
      }
      const { words } = columns;
      const start = index * WIDTH;
      const isSame = words[start + 2] === content.high && words[start + 3] === content.low;
      return isSame ? "same" : "other";
    },
    learn: (key, home) => {
      const index = place(key);
      if (columns.state[index] !== EMPTY) return;
      const state = home === undefined ? ABSENT : STORED;
      write(index, state, key, { high: 0, low: 0 }, home ?? 0n);
    },
    homeOf: (key) => {
      const index = probe(columns, key);
      const state = columns.state[index];
      if (state === EMPTY) return undefined;
      if (state === ABSENT) return null;
      const { words } = columns;
      const start = index * WIDTH + 4;
      return (BigInt(words[start] ?? 0) << 32n) | BigInt(words[start + 1] ?? 0);
    },
  };
};
