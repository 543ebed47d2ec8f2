/**
 * Decides, batch by batch, what becomes of each record: a row of a chunk, a repetition that is
 * skipped, or a reject. The order of the input alone decides, so a plan made twice is the same.
 */
import type { OnConflict } from "#shared/load-request.ts";
import type { PlacementMap } from "#shared/placement.ts";
import { createRowParser, isFault, type ParseRow, type Row } from "#shared/row-parser.ts";
import { type LoadableName, tables } from "#shared/tables.ts";
import type { ChunkWriter } from "./chunk-writer.ts";
import { type FileRecord, textOf } from "./file-record.ts";
import { createKeyTable, type KeyTable } from "./key-table.ts";
import type { KnownRows } from "./known-rows.ts";
import type { MediaIndex } from "./media-index.ts";
import { planOwners } from "./plan-owners.ts";
import { planReads, toReadId } from "./plan-reads.ts";
import type { Reject, Rejects } from "./rejects.ts";
import type { StoredRows } from "./stored-rows.ts";

export interface PlannerDeps {
  readonly map: PlacementMap;
  readonly stored: StoredRows;
  readonly writer: Pick<ChunkWriter, "add">;
  readonly rejects: Pick<Rejects, "add">;
  readonly known: Pick<KnownRows, "add">;
  /** What becomes of a row whose key the database has with other content. */
  readonly onConflict: OnConflict;
  /** Where the files that articles name are looked for; undefined where they are not. */
  readonly media?: MediaIndex | undefined;
}

export interface InputFile {
  readonly name: string;
  readonly sha256: string;
}

/** A row that is sound in itself, on its way to its place. */
export interface Candidate {
  readonly record: FileRecord;
  readonly row: Row;
}

export interface Counts {
  /** Records read. */
  rows: number;
  /** Repetitions of a row of this input. */
  repeated: number;
  /** Rows passed over because the database has their key with other content. */
  skipped: number;
  /** Rows that the database has with other content, which is to be replaced. */
  updated: number;
}

/** What planning carries from batch to batch. */
export interface Planning extends PlannerDeps {
  readonly keys: Readonly<Record<LoadableName, KeyTable>>;
  readonly counts: Counts;
  reject(record: FileRecord, field: string, reason: string): void;
}

export interface Planner {
  readonly counts: Readonly<Counts>;
  plan(table: LoadableName, file: InputFile, records: readonly FileRecord[]): Promise<void>;
}

const parsers: Readonly<Record<LoadableName, ParseRow>> = {
  users: createRowParser(tables.users),
  articles: createRowParser(tables.articles),
  reads: createRowParser(tables.reads),
};

const parseAll = (
  table: LoadableName,
  records: readonly FileRecord[],
  reject: Planning["reject"],
): Candidate[] => {
  const candidates: Candidate[] = [];
  for (const record of records) {
    if (record.fault !== undefined) {
      reject(record, "", record.fault);
      continue;
    }
    const row = parsers[table](record.record);
    if (isFault(row)) reject(record, row.field, row.reason);
    else candidates.push({ record, row });
  }
  return candidates;
};

/** The article itself is planned all the same: what is rejected is a file of it. */
const rejectMissingMedia = async (
  { media, reject }: Planning,
  candidates: readonly Candidate[],
): Promise<void> => {
  const missing = (await media?.missing(candidates.map(({ row }) => row))) ?? [];
  for (const [index, files] of missing.entries()) {
    const { line = 0, number } = candidates[index]?.record ?? {};
    const at = { line, text: "", ...(number === undefined ? {} : { number }) };
    for (const { field, name } of files) reject(at, field, `the file ${name} is missing`);
  }
};

export const createPlanner = (deps: PlannerDeps): Planner => {
  const counts: Counts = { rows: 0, repeated: 0, skipped: 0, updated: 0 };
  const keys = { users: createKeyTable(), articles: createKeyTable(), reads: createKeyTable() };
  return {
    counts,
    plan: async (table, file, records) => {
      const rejected: Reject[] = [];
      const reject: Planning["reject"] = (record, field, reason) => {
        const { line, number } = record;
        const at = {
          line,
          ...(number === undefined ? {} : { number }),
          ...(table === "reads" ? { id: toReadId(file, record) } : {}),
        };
        rejected.push({ file: file.name, ...at, field, reason, row: textOf(record) });
      };
      const planning: Planning = { ...deps, keys, counts, reject };
      counts.rows += records.length;
      const candidates = parseAll(table, records, reject);
      if (table === "articles") await rejectMissingMedia(planning, candidates);
      if (table === "reads") await planReads(planning, file, candidates);
      else await planOwners(planning, table, candidates);
      // Found in several passes over the batch; people read them in the order of the file.
      for (const one of rejected.sort(
        (a, b) => a.line - b.line || (a.number ?? 0) - (b.number ?? 0),
      ))
        deps.rejects.add(one);
    },
  };
};
