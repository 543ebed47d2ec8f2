/** Rows to JSON lines, in memory that does not grow: a batch is on disk before the next is drawn. */
import { open } from "node:fs/promises";

export interface RowFile {
  readonly path: string;
  readonly rows: number;
  /** Row i, counted from 1. */
  readonly row: (i: number) => object;
}

export interface WriteWatch {
  readonly signal: AbortSignal | undefined;
  readonly onRows: (done: number) => void;
}

/** About half a megabyte: few system calls, and an abort is noticed within milliseconds. */
const BATCH_ROWS = 2000;

/** Answers how many bytes the file has. */
export const writeRows = async (
  { path, rows, row }: RowFile,
  { signal, onRows }: WriteWatch,
): Promise<number> => {
  await using file = await open(path, "w");
  for (let from = 1; from <= rows; from += BATCH_ROWS) {
    signal?.throwIfAborted();
    const to = Math.min(rows, from + BATCH_ROWS - 1);
    let lines = "";
    for (let i = from; i <= to; i += 1) lines += `${JSON.stringify(row(i))}\n`;
    await file.appendFile(lines);
    onRows(to);
  }
  return (await file.stat()).size;
};
