/** Rows that a load does not take, each with file, line, field and reason, as JSON lines. */
export interface Reject {
  readonly file: string;
  /** From 1; 0 where it is not about a line. */
  readonly line: number;
  /** Which of the file's rows, from 1, where one line may hold several. */
  readonly number?: number;
  /** Which a read has that brings none: kept, so that it is the same once it is corrected. */
  readonly id?: string;
  readonly field: string;
  readonly reason: string;
  /** The row as it came or as JSON, cut if it is long. */
  readonly row: string;
}

export interface Rejects {
  readonly count: number;
  /** The first few, to be shown at once. */
  readonly first: readonly Reject[];
  add(reject: Reject): void;
  toBuffer(): Buffer;
}

const SHOWN = 10;
/** Beyond these the file says only how many more there are. */
const MAX_KEPT = 100_000;
const MAX_BYTES = 32 * 1024 * 1024;
/** A row that is longer cannot be corrected here. */
const LONGEST_ROW = 32_000;

export const createRejects = (): Rejects => {
  const first: Reject[] = [];
  const lines: string[] = [];
  let bytes = 0;
  let count = 0;
  return {
    get count() {
      return count;
    },
    first,
    add: (reject) => {
      count += 1;
      if (first.length < SHOWN) first.push({ ...reject, row: reject.row.slice(0, 200) });
      if (lines.length >= MAX_KEPT || bytes >= MAX_BYTES) return;
      const line = JSON.stringify({ ...reject, row: reject.row.slice(0, LONGEST_ROW) });
      lines.push(line);
      bytes += line.length;
    },
    toBuffer: () => {
      const left = count - lines.length;
      const more =
        left === 0 ? "" : `${JSON.stringify({ reason: `${left} more are not listed` })}\n`;
      return Buffer.from(lines.map((line) => `${line}\n`).join("") + more);
    },
  };
};
