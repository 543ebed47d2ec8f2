import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random, type Stream, streams } from "#infra/sample/random.ts";

const names = Object.keys(streams) as Stream[];
const start = fc.record({
  seed: fc.nat({ max: 2 ** 32 - 1 }),
  stream: fc.constantFrom(...names),
  index: fc.nat({ max: 2 ** 32 - 1 }),
});
const from = ({ seed, stream, index }: { seed: number; stream: Stream; index: number }) =>
  new Random(seed, stream, index);

/** sfc32 as its author defines it, in plain arithmetic on big integers. */
const referenceWords = (seed: number, stream: number, index: number, length: number): number[] => {
  const mask = 0xffffffffn;
  let [a, b, c, counter] = [BigInt(seed), BigInt(stream), BigInt(index), 1n];
  const next = (): number => {
    const word = (a + b + counter) & mask;
    counter = (counter + 1n) & mask;
    a = b ^ (b >> 9n);
    b = (c + (c << 3n)) & mask;
    c = (((c << 21n) | (c >> 11n)) + word) & mask;
    return Number(word);
  };
  for (let round = 0; round < 15; round += 1) next();
  return Array.from({ length }, next);
};

/** How far counts are from even; about the number of counts when they are by chance. */
const chiSquare = (counts: readonly number[]): number => {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
};

describe("random", () => {
  it("gives the words of sfc32", () => {
    fc.assert(
      fc.property(start, ({ seed, stream, index }) => {
        const random = new Random(seed, stream, index);
        const words = Array.from({ length: 20 }, () => random.word());
        expect(words).toEqual(referenceWords(seed, streams[stream], index, 20));
      }),
    );
  });

  it("keeps every number below its limit", () => {
    fc.assert(
      fc.property(start, fc.integer({ min: 1, max: 2 ** 32 }), (at, limit) => {
        const value = from(at).below(limit);
        expect(Number.isInteger(value) && value >= 0 && value < limit).toBe(true);
      }),
    );
  });

  it("gives other words to another seed, stream or index", () => {
    fc.assert(
      fc.property(start, start, (one, other) => {
        const same = Object.values(one).join() === Object.values(other).join();
        const [left, right] = [from(one), from(other)];
        const words = (random: Random) => [random.word(), random.word(), random.word()];
        expect(words(left).join() === words(right).join()).toBe(same);
      }),
    );
  });

  it("never says yes to 0 and always to 1", () => {
    fc.assert(
      fc.property(start, (at) => {
        expect(from(at).chance(0)).toBe(false);
        expect(from(at).chance(1)).toBe(true);
      }),
    );
  });

  it.each(names)("spreads the first number of neighbouring rows of %s evenly", (stream) => {
    const counts = new Array<number>(64).fill(0);
    for (let index = 1; index <= 20_000; index += 1) {
      const at = new Random(1, stream, index).below(64);
      counts[at] = (counts[at] ?? 0) + 1;
    }
    // 63 degrees of freedom: 120 is exceeded by chance once in 50,000 times.
    expect(chiSquare(counts)).toBeLessThan(120);
  });

  it("picks each of a few items", () => {
    const random = new Random(1, "users", 1);
    const items = ["a", "b", "c"] as const;
    const picked = new Set(Array.from({ length: 100 }, () => random.pick(items)));
    expect(picked).toEqual(new Set(items));
  });
});
