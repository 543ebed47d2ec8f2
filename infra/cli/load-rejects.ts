/**
 * Rows that a load rejected, corrected by hand, as files to be loaded: `tagenal load --rejects`. Each
 * line of the file of rejects has its row as JSON in `row`.
 */
import { createReadStream } from "node:fs";
import { access, type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { tableOfFile } from "#shared/staged-names.ts";
import type { LoadableName } from "#shared/tables.ts";
import { Remedy } from "./preflight.ts";

export interface CorrectedRow {
  readonly table: LoadableName;
  readonly row: string;
}

/** What a line stands for: a row, nothing to be loaded, or the reason why it cannot be. */
export type ParsedReject = CorrectedRow | "nothing" | { readonly reason: string };

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Pure. */
export const parseReject = (line: string): ParsedReject => {
  const reject = parseJson(line);
  if (!isObject(reject)) return { reason: "not a line of a file of rejects" };
  const { file, row, id } = reject;
  // A file that is missing, an empty one, or the count of those that are not listed.
  if (row === undefined || row === "") return "nothing";
  const table = typeof file === "string" ? tableOfFile(file) : undefined;
  if (table === undefined) return { reason: "its file tells no table" };
  // Whoever corrects a row may as well write it as JSON, not as a text of JSON.
  const record = typeof row === "string" ? parseJson(row) : row;
  if (!isObject(record)) return { reason: "its row is not a JSON object: correct it" };
  // A read without an id keeps the one that it was given, so that it is never there twice.
  const isWithout = typeof id === "string" && record["id"] === undefined;
  return { table, row: JSON.stringify(isWithout ? { ...record, id } : record) };
};

const names: Readonly<Record<LoadableName, string>> = {
  users: "user-corrected.jsonl",
  articles: "article-corrected.jsonl",
  reads: "read-corrected.jsonl",
};

export interface Corrected {
  /** A folder with a file a table, to be loaded. */
  readonly folder: string;
  readonly rows: number;
  /** Lines that were about no row. */
  readonly passedOver: number;
  dispose(): Promise<void>;
}

const SHOWN = 10;

interface Tally {
  rows: number;
  passedOver: number;
  readonly wrong: string[];
}

/** Writes the rows of all lines, and tallies the lines that are about none. */
const sortLines = async (
  lines: AsyncIterable<string>,
  write: (row: CorrectedRow) => Promise<void>,
): Promise<Tally> => {
  const tally: Tally = { rows: 0, passedOver: 0, wrong: [] };
  let number = 0;
  for await (const line of lines) {
    number += 1;
    const parsed = line.trim() === "" ? undefined : parseReject(line);
    if (parsed === undefined) continue;
    if (parsed === "nothing") {
      tally.passedOver += 1;
    } else if ("reason" in parsed) {
      tally.wrong.push(`  line ${number}: ${parsed.reason}`);
    } else {
      await write(parsed);
      tally.rows += 1;
    }
  }
  return tally;
};

const check = (path: string, { rows, wrong }: Tally): void => {
  const shown = wrong.slice(0, SHOWN).join("\n");
  if (wrong.length > 0)
    throw new Remedy(`${wrong.length} of the rejects in ${path} cannot be loaded:\n${shown}`);
  if (rows === 0) throw new Remedy(`${path} has no row to load.`);
};

export const readCorrected = async (path: string): Promise<Corrected> => {
  await access(path).catch((cause: unknown) => {
    throw new Remedy(`There is no file ${path}.`, { cause });
  });
  const folder = await mkdtemp(join(tmpdir(), "tagenal-rejects-"));
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const files = new Map<LoadableName, FileHandle>();
  const write = async ({ table, row }: CorrectedRow): Promise<void> => {
    const file = files.get(table) ?? (await open(join(folder, names[table]), "w"));
    files.set(table, file);
    await file.write(`${row}\n`);
  };
  try {
    const tally = await sortLines(createInterface({ input: createReadStream(path) }), write);
    check(path, tally);
    return { folder, rows: tally.rows, passedOver: tally.passedOver, dispose };
  } catch (error) {
    await dispose();
    throw error;
  } finally {
    for (const file of files.values()) await file.close();
  }
};
