/** One record of a file, or what is wrong where one should be. */
export interface FileRecord {
  /** Where it begins or ends, from 1. */
  readonly line: number;
  /** Which of the file's records it is, from 1, where one line may hold several. */
  readonly number?: number;
  /** As it came, where that is at hand; else the record tells. */
  readonly text?: string;
  /** Undefined with a fault. */
  readonly record?: unknown;
  readonly fault?: string;
}

/** As it came, or as JSON. */
export const textOf = ({ text, record }: FileRecord): string =>
  text ?? JSON.stringify(record) ?? "";
