/**
 * Measures several ways to the same thing side by side. Pure but for the clock.
 *
 * 1. The ways take turns, round by round, each round beginning with another one, so that whatever
 *    the machine does besides hits all of them alike.
 * 2. The first round warms up and is not counted.
 */
export interface Summary {
  readonly samples: number;
  readonly min: number;
  readonly median: number;
  readonly p99: number;
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

const toThousandths = (value: number): number => Math.round(value * 1_000) / 1_000;

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  return Number.isInteger(middle)
    ? ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
    : at(sorted, 0.5);
};

export const summarize = (values: readonly number[]): Summary => {
  const sorted = values.toSorted((one, other) => one - other);
  return {
    samples: sorted.length,
    min: toThousandths(at(sorted, 0)),
    median: toThousandths(median(sorted)),
    p99: toThousandths(at(sorted, 0.99)),
  };
};

/** The order of the ways in a round. */
export const rotate = <T>(ways: readonly T[], round: number): T[] => {
  const start = ways.length === 0 ? 0 : round % ways.length;
  return [...ways.slice(start), ...ways.slice(0, start)];
};

export interface Way {
  readonly name: string;
  /** Does it once; the number tells the turns apart. */
  run(turn: number): Promise<unknown>;
}

export interface Rounds {
  /** Besides the first, which warms up. */
  readonly rounds: number;
  /** Of each way, in each round. */
  readonly turns: number;
}

/** Milliseconds of each turn, by way. */
export const measure = async (
  ways: readonly Way[],
  { rounds, turns }: Rounds,
): Promise<Record<string, number[]>> => {
  const taken = new Map(ways.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, run } of rotate(ways, round)) {
      for (let turn = 0; turn < turns; turn += 1) {
        const start = performance.now();
        await run(round * turns + turn);
        if (round > 0) taken.get(name)?.push(performance.now() - start);
      }
    }
  }
  return Object.fromEntries(taken);
};
