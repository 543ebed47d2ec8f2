/**
 * Reads the staged files of a load once and writes what is to be loaded as numbered chunk objects,
 * and the ledger that lists them; the first chunks are set off, each sets off another.
 *
 * 1. Nothing is written into the tables before the whole input was seen: over maxErrors the load
 *    fails here, with its rejects in an object of their own.
 * 2. Planning twice gives the same objects and the same ledger, so a plan that died is made again.
 */
import type { Readable } from "node:stream";
import type { loadRequested } from "#events/load-requested.ts";
import type { DerivedStreams } from "#shared/derived-streams.ts";
import type { StoredEvent } from "#shared/emit.ts";
import type { Received } from "#shared/event-function.ts";
import { toChunkReady, writeLedger } from "#shared/load-ledger.ts";
import { loadRequest, MAX_IN_FLIGHT, type PlanSummary } from "#shared/load-request.ts";
import type { PlacementMap } from "#shared/placement.ts";
import { Problem } from "#shared/problem.ts";
import { createShardMap } from "#shared/shards.ts";
import {
  chunkKey,
  fileKey,
  inReadingOrder,
  type Manifest,
  manifest,
  manifestKey,
  rejectsKey,
} from "#shared/staging.ts";
import type { Outcome } from "#shared/step-outcome.ts";
import type { Work, WorkOnStep } from "#shared/work-on-step.ts";
import { type ChunkWriter, createChunkWriter } from "./chunk-writer.ts";
import type { FileRecord } from "./file-record.ts";
import { createMediaIndex } from "./media-index.ts";
import { createPlanner, type Planner } from "./planner.ts";
import { createRejects, type Rejects } from "./rejects.ts";
import { readStagedFile } from "./staged-files.ts";
import type { StoredRows } from "./stored-rows.ts";

export interface PlanLoadDeps {
  readonly workOnStep: WorkOnStep;
  readonly objects: {
    stream(key: string): Promise<Readable>;
    read(key: string): Promise<Buffer>;
    put(key: string, body: Buffer): Promise<void>;
    list(prefix: string): AsyncIterable<{ readonly key: string }>;
  };
  readonly readPlacement: () => Promise<PlacementMap>;
  readonly readShards: () => Promise<string[]>;
  readonly createStoredRows: () => StoredRows;
  readonly streams: Pick<DerivedStreams, "hold">;
  readonly toEvents: {
    chunkReady(chunk: ReturnType<typeof toChunkReady>): StoredEvent;
    finishedChunks(operationId: string): StoredEvent;
  };
  readonly now?: () => number;
}

interface Plan {
  readonly manifest: Manifest;
  readonly planner: Planner;
  readonly writer: ChunkWriter;
  readonly rejects: Rejects;
  readonly maxErrors: number;
}

const begin = async (deps: PlanLoadDeps, { lease }: Work): Promise<Plan & { source: string }> => {
  const { source, maxErrors, onConflict, checkMedia } = loadRequest.parse(lease.operation.request);
  const [announced, map, shards] = await Promise.all([
    deps.objects.read(manifestKey(source)),
    deps.readPlacement(),
    deps.readShards(),
  ]);
  const rejects = createRejects();
  const writer = createChunkWriter({
    put: deps.objects.put,
    keyOf: (number) => chunkKey(lease.operation.id, number),
    shards: createShardMap(shards),
  });
  const planner = createPlanner({
    map,
    stored: deps.createStoredRows(),
    writer,
    rejects,
    skipConflicts: onConflict === "skip",
    media: checkMedia ? createMediaIndex(deps.objects) : undefined,
  });
  const files = manifest.parse(JSON.parse(announced.toString()));
  return { manifest: files, planner, writer, rejects, maxErrors, source };
};

/** Large enough that asking the database about a batch is worth its round trip. */
const BATCH = 2_000;

async function* inBatches(pieces: AsyncIterable<FileRecord[]>): AsyncIterable<FileRecord[]> {
  let batch: FileRecord[] = [];
  for await (const records of pieces) {
    batch = batch.length === 0 ? records : batch.concat(records);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

const readAll = async (
  { objects }: PlanLoadDeps,
  { signal, report }: Work,
  plan: Plan & { source: string },
): Promise<void> => {
  const { planner, writer, rejects } = plan;
  const bytesTotal = plan.manifest.files.reduce((sum, { size }) => sum + size, 0);
  let bytes = 0;
  let lastTable: string | undefined;
  for (const { file, table } of inReadingOrder(plan.manifest)) {
    if (lastTable !== undefined && lastTable !== table) await writer.endTable();
    lastTable = table;
    const recordsBefore = planner.counts.rows;
    const open = (): Promise<Readable> => objects.stream(fileKey(plan.source, file.name));
    const onBytes = (count: number): void => {
      bytes += count;
    };
    for await (const records of inBatches(readStagedFile({ file, open, onBytes }))) {
      signal.throwIfAborted();
      await planner.plan(table, file, records);
      if (rejects.count > plan.maxErrors) writer.stopWriting();
      await writer.drain();
      report({ phase: "planning", bytes, bytesTotal, records: planner.counts.rows });
    }
    if (planner.counts.rows > recordsBefore) continue;
    const reason = file.size === 0 ? "empty file" : "no rows in this file";
    rejects.add({ file: file.name, line: 0, field: "", reason, row: "" });
  }
  if (rejects.count > plan.maxErrors) writer.stopWriting();
  await writer.endTable();
};

/** With fewer, following them costs less than stopping and starting the streams. */
const HOLD_FROM_READS = 20_000;

const countReads = ({ writer }: Plan): number =>
  writer.chunks.filter(({ table }) => table === "reads").reduce((sum, { rows }) => sum + rows, 0);

const toRefusal = ({ rejects, maxErrors }: Plan): Problem =>
  new Problem(
    "unprocessable",
    `${rejects.count} rejected, ${maxErrors} allowed; nothing was written into the tables`,
    { extra: { rejected: rejects.count, rejects: rejects.first } },
  );

const toSummary = ({
  manifest: { files },
  planner,
  writer,
  rejects,
}: Plan): Omit<PlanSummary, "seconds"> => ({
  files: files.length,
  records: planner.counts.rows,
  rejected: rejects.count,
  repeated: planner.counts.repeated,
  skipped: planner.counts.skipped,
  chunks: writer.chunks.length,
  rows: writer.chunks.reduce((sum, { rows }) => sum + rows, 0),
});

export const createPlanLoad = (deps: PlanLoadDeps) => {
  const now = deps.now ?? Date.now;
  const end = (id: string, plan: Plan, startedAt: number): Outcome => {
    if (plan.rejects.count > plan.maxErrors) return { kind: "fail", problem: toRefusal(plan) };
    const { chunks } = plan.writer;
    const summary = { ...toSummary(plan), seconds: (now() - startedAt) / 1000 };
    const progress = { phase: "loading", plan: summary };
    const write = (on: Parameters<typeof writeLedger>[0]): Promise<void> =>
      writeLedger(on, id, chunks, { first: MAX_IN_FLIGHT, now: now() });
    if (chunks.length === 0) {
      const event = deps.toEvents.finishedChunks(id);
      return { kind: "next", step: "finish", event, write, progress };
    }
    const events = chunks
      .slice(0, MAX_IN_FLIGHT)
      .map((chunk) => deps.toEvents.chunkReady(toChunkReady(id, chunk)));
    return { kind: "fan-out", step: "load", write, progress, events };
  };
  return async ({ data }: Received<ReturnType<typeof loadRequested.parse>>): Promise<void> => {
    const { operationId } = data;
    await deps.workOnStep({ operationId, step: "plan" }, async (work) => {
      const startedAt = now();
      const plan = await begin(deps, work);
      await readAll(deps, work, plan);
      if (plan.rejects.count > 0)
        await deps.objects.put(rejectsKey(operationId), plan.rejects.toBuffer());
      const isRefused = plan.rejects.count > plan.maxErrors;
      if (!isRefused && countReads(plan) >= HOLD_FROM_READS) await deps.streams.hold(operationId);
      return end(operationId, plan, startedAt);
    });
  };
};
