/** Reads a staged file from the object store and checks that it is what was announced. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { Problem } from "#shared/problem.ts";
import type { StagedFile } from "#shared/staging.ts";
import type { FileRecord } from "./file-record.ts";
import { readRecords } from "./read-records.ts";

export interface StagedInput {
  readonly file: StagedFile;
  readonly open: () => Promise<Readable>;
  /** Called with the bytes of each piece that was read. */
  readonly onBytes: (bytes: number) => void;
}

export async function* readStagedFile({
  file,
  open,
  onBytes,
}: StagedInput): AsyncIterable<FileRecord[]> {
  const digest = createHash("sha256");
  let size = 0;
  async function* observe(): AsyncIterable<Buffer> {
    for await (const piece of (await open()) as AsyncIterable<Buffer>) {
      digest.update(piece);
      size += piece.length;
      onBytes(piece.length);
      yield piece;
    }
  }
  yield* readRecords(Readable.from(observe(), { objectMode: false }), file.name);
  if (size !== file.size || digest.digest("hex") !== file.sha256)
    throw new Problem("unprocessable", `${file.name} is not the file that was announced`, {
      extra: { announced: file.size, found: size },
    });
}
