/** What a sample may look like, checked before anything is written. */

export type MediaMode = "none" | "all" | "sample";

export interface SampleOptions {
  /** Where the files go. */
  readonly dir: string;
  readonly users: number;
  readonly articles: number;
  /** Rows in read.dat. */
  readonly reads: number;
  readonly seed: number;
  /** `all` by default; `sample` writes the files of the first 50 articles only. */
  readonly media?: MediaMode;
  /** Replace a sample that lies in `dir`; whatever else lies there stays. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: SampleProgress) => void;
}

export interface SampleProgress {
  readonly file: "user.dat" | "article.dat" | "read.dat" | "articles";
  /** Rows; for `articles`, articles whose media are written. */
  readonly done: number;
  readonly total: number;
}

/** For people: the message says all there is to know. */
export class SampleError extends Error {
  override readonly name = "SampleError";
}

export const defaults = { users: 10_000, articles: 10_000, reads: 100_000, seed: 1 } as const;
export const mediaModes: readonly MediaMode[] = ["none", "all", "sample"];

/**
 * Times are seconds, and a file's time counts as seconds only below 1e11. User 9,000,000 and read
 * 45,000,000 are the last round numbers that stay below.
 */
const ranges = {
  users: { from: 1, to: 9_000_000 },
  articles: { from: 1, to: 9_000_000 },
  reads: { from: 0, to: 45_000_000 },
  seed: { from: 0, to: 2 ** 32 - 1 },
} as const;

export type NumberOption = keyof typeof ranges;

export const checkNumber = (option: NumberOption, value: number): void => {
  const { from, to } = ranges[option];
  if (Number.isInteger(value) && value >= from && value <= to) return;
  const span = `a whole number from ${from} to ${to.toLocaleString("en")}`;
  throw new SampleError(`--${option} must be ${span}, not ${value}`);
};

export const checkOptions = (options: SampleOptions): void => {
  if (options.dir === "") throw new SampleError("DIR must name a folder");
  for (const option of ["users", "articles", "reads", "seed"] as const) {
    checkNumber(option, options[option]);
  }
  const { media = "all" } = options;
  if (!mediaModes.includes(media)) {
    throw new SampleError(`--media must be one of ${mediaModes.join(", ")}, not ${media}`);
  }
};
