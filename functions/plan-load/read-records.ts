/**
 * Reads a staged file as records, in batches, without ever holding the whole of it.
 *
 * 1. A line that is no record comes as a fault; the lines after it are read all the same.
 * 2. A compressed file that is damaged or cut off throws `unprocessable`: which of its rows are
 *    good cannot be told.
 * 3. So does a line of more than MAX_LINE bytes: a file without line ends must not fill the memory.
 */
import { isUtf8 } from "node:buffer";
import { pipeline, type Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { Problem } from "#shared/problem.ts";
import { isWholeDump, tableOfFile } from "#shared/staged-names.ts";
import type { FileRecord } from "./file-record.ts";
import { readCsv } from "./read-csv.ts";
import { readSql } from "./read-sql.ts";

const MAX_LINE = 16 * 1024 * 1024;
const NEWLINE = 0x0a;
const DECOMPRESSED_CHUNK = 256 * 1024;

const parseLine = (line: number, text: string): FileRecord => {
  try {
    return { line, text, record: JSON.parse(text) };
  } catch {
    return { line, text, fault: "not JSON" };
  }
};

const parseBytes = (line: number, bytes: Buffer): FileRecord =>
  isUtf8(bytes)
    ? parseLine(line, bytes.toString())
    : { line, text: bytes.toString("latin1"), fault: "not UTF-8" };

function* splitLines(block: Buffer): Iterable<Buffer> {
  let start = 0;
  for (let end = block.indexOf(NEWLINE); end !== -1; end = block.indexOf(NEWLINE, start)) {
    yield block.subarray(start, end);
    start = end + 1;
  }
  yield block.subarray(start);
}

/** All lines at once where they are sound, for speed; one by one where they are not. */
const parseBlock = (first: number, block: Buffer): FileRecord[] =>
  isUtf8(block)
    ? block
        .toString()
        .split("\n")
        .map((text, index) => parseLine(first + index, text))
    : [...splitLines(block)].map((bytes, index) => parseBytes(first + index, bytes));

const isBlank = ({ text = "" }: FileRecord): boolean => text.trim() === "";

const stripBom = (block: Buffer): Buffer =>
  block.indexOf("\ufeff") === 0 ? block.subarray(3) : block;

async function* readJsonLines(stream: Readable): AsyncIterable<FileRecord[]> {
  let rest: Buffer = Buffer.alloc(0);
  let line = 1;
  const parseNext = (block: Buffer): FileRecord[] => {
    const records = parseBlock(line, line === 1 ? stripBom(block) : block);
    line += records.length;
    return records.filter((record) => !isBlank(record));
  };
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const end = chunk.lastIndexOf(NEWLINE);
    if (end !== -1) yield parseNext(Buffer.concat([rest, chunk.subarray(0, end)]));
    rest = end === -1 ? Buffer.concat([rest, chunk]) : chunk.subarray(end + 1);
    if (rest.length > MAX_LINE)
      throw new Problem("unprocessable", `line ${line} has more than ${MAX_LINE} bytes`);
  }
  if (rest.length > 0) yield parseNext(rest);
}

const isDamage = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && "code" in error && /^(Z_|ZSTD_)/.test(String(error.code));

const decompress = (stream: Readable, name: string): Readable => {
  // The pipeline hands an error of the source on to the decompressor, where it is thrown.
  if (name.endsWith(".gz"))
    return pipeline(stream, createGunzip({ chunkSize: DECOMPRESSED_CHUNK }), () => {});
  if (name.endsWith(".zst"))
    return pipeline(stream, createZstdDecompress({ chunkSize: DECOMPRESSED_CHUNK }), () => {});
  return stream;
};

/** By its name: .csv, .sql, or else JSON lines. */
const readPlain = (plain: Readable, name: string): AsyncIterable<FileRecord[]> => {
  if (/\.csv(\.|$)/.test(name)) return readCsv(plain, MAX_LINE);
  if (/\.sql(\.|$)/.test(name))
    return readSql(plain, { table: tableOfFile(name), isWhole: isWholeDump(name) });
  return readJsonLines(plain);
};

export async function* readRecords(stream: Readable, name: string): AsyncIterable<FileRecord[]> {
  const plain = decompress(stream, name);
  try {
    yield* readPlain(plain, name);
  } catch (error) {
    if (!isDamage(error)) throw error;
    throw new Problem("unprocessable", `${name} is damaged or cut off: ${error.message}`, {
      cause: error,
    });
  }
}
