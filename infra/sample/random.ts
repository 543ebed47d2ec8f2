/**
 * Random numbers that are the same everywhere, for ever: sfc32 (Chris Doty-Humphrey, PractRand),
 * started from the three words (seed, stream, index) and stirred 15 times as its author does.
 *
 * 1. The start is the triple itself, not a hash of it: no two rows share a sequence.
 * 2. Each row of each table has a sequence of its own, so a row depends on nothing but the seed,
 *    its table and its number: another --users changes no article, more rows only append.
 * 3. Never change a stream's number or the order in which a row draws: published seeds would
 *    give other bytes.
 */

export const streams = {
  users: 1,
  articles: 2,
  reads: 3,
  stories: 4,
  pictures: 5,
  clips: 6,
  choices: 7,
} as const;

export type Stream = keyof typeof streams;

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number, stream: Stream, index: number) {
    this.#a = seed | 0;
    this.#b = streams[stream];
    this.#c = index | 0;
    for (let round = 0; round < 15; round += 1) this.word();
  }

  /** 32 even bits, as a number from 0 to 2^32 - 1. */
  word(): number {
    const word = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + word) | 0;
    return word >>> 0;
  }

  /** An integer from 0 to `limit` - 1, each equally likely: the uneven rest of 2^32 is redrawn. */
  below(limit: number): number {
    const even = 2 ** 32 - (2 ** 32 % limit);
    let word = this.word();
    while (word >= even) word = this.word();
    return word % limit;
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.word() < probability * 2 ** 32;
  }

  /** One of these, each equally likely. */
  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }
}
