/**
 * Reads CSV with a header as records. A line that is no CSV, has too many or too few fields, or is
 * not UTF-8 comes as a fault; the lines after it are read all the same.
 */
import { pipeline, type Readable } from "node:stream";
import { type CsvError, type Info, parse } from "csv-parse";
import { Problem } from "#shared/problem.ts";
import { decodeLatin1 } from "#shared/utf8.ts";
import type { FileRecord } from "./file-record.ts";

const BATCH = 500;
const BOM = "\xef\xbb\xbf";

interface CsvRow {
  readonly record: readonly string[];
  readonly info: Info;
}

const toHeader = (fields: readonly string[]): string[] => {
  const names = fields.map((field, index) => {
    const name = decodeLatin1(index === 0 && field.startsWith(BOM) ? field.slice(3) : field);
    return (name ?? "").trim().replaceAll(/^"|"$/g, "");
  });
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return names;
  throw new Problem(
    "unprocessable",
    `the header names ${JSON.stringify(twice.slice(0, 60))} twice`,
  );
};

const toFileRecord = (header: readonly string[], { record: fields, info }: CsvRow): FileRecord => {
  const { lines: line } = info;
  if (fields.length !== header.length) {
    const text = decodeLatin1(fields.join(",")) ?? fields.join(",");
    return { line, text, fault: `${fields.length} fields, the header has ${header.length}` };
  }
  const record: Record<string, unknown> = {};
  for (const [index, name] of header.entries()) {
    const value = decodeLatin1(fields[index] ?? "");
    if (value === undefined) return { line, text: fields.join(","), fault: "not UTF-8" };
    record[name] = value;
  }
  return { line, record };
};

/** `longest`: of a record, in bytes. */
export async function* readCsv(stream: Readable, longest: number): AsyncIterable<FileRecord[]> {
  let batch: FileRecord[] = [];
  const parser = parse({
    // Fields are decoded one by one, so that bytes that are not UTF-8 are found.
    encoding: "latin1",
    info: true,
    max_record_size: longest,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    on_skip: (error: CsvError | undefined, raw) => {
      const line = error !== undefined && "lines" in error ? Number(error["lines"]) : 0;
      batch.push({ line, text: raw ?? "", fault: error?.message ?? "not CSV" });
      return undefined;
    },
  });
  let header: string[] | undefined;
  for await (const row of pipeline(stream, parser, () => {}) as AsyncIterable<CsvRow>) {
    if (header === undefined) header = toHeader(row.record);
    else batch.push(toFileRecord(header, row));
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}
