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
import {
  type LoadRequest,
  loadRequest,
  MAX_IN_FLIGHT,
  type PlanSummary,
} from "#shared/load-request.ts";
import type { PlacementMap } from "#shared/placement.ts";
import { Problem } from "#shared/problem.ts";
import { createShardMap } from "#shared/shards.ts";
import { isWholeDump } from "#shared/staged-names.ts";
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
import { toForecast } from "./forecast.ts";
import { createKnownRows, type KnownRows } from "./known-rows.ts";
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
  readonly streams: Pick<DerivedStreams, "hold" | "isHeld">;
  /** Rows a second of the last load that tells; undefined where there is none. */
  readonly readRate: () => Promise<number | undefined>;
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
  readonly known: KnownRows;
  readonly rejects: Rejects;
  readonly request: LoadRequest;
  /** Of the chunk objects. */
  readonly written: { bytes: number };
}

const begin = async (deps: PlanLoadDeps, { lease }: Work): Promise<Plan> => {
  const request = loadRequest.parse(lease.operation.request);
  const { source, onConflict, checkMedia, dryRun } = request;
  const [announced, map, shards] = await Promise.all([
    deps.objects.read(manifestKey(source)),
    deps.readPlacement(),
    deps.readShards(),
  ]);
  const rejects = createRejects();
  const shardMap = createShardMap(shards);
  const written = { bytes: 0 };
  const writer = createChunkWriter({
    put: async (key, body) => {
      written.bytes += body.length;
      if (!dryRun) await deps.objects.put(key, body);
    },
    keyOf: (number) => chunkKey(lease.operation.id, number),
    shards: shardMap,
  });
  const known = createKnownRows(shardMap);
  const planner = createPlanner({
    map,
    stored: deps.createStoredRows(),
    writer,
    rejects,
    known,
    onConflict,
    media: checkMedia ? createMediaIndex(deps.objects) : undefined,
  });
  const files = manifest.parse(JSON.parse(announced.toString()));
  return { manifest: files, planner, writer, known, rejects, request, written };
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
  plan: Plan,
): Promise<void> => {
  const { planner, writer, rejects } = plan;
  const { source, maxErrors } = plan.request;
  const bytesTotal = plan.manifest.files.reduce((sum, { size }) => sum + size, 0);
  let bytes = 0;
  let lastTable: string | undefined;
  for (const { file, table } of inReadingOrder(plan.manifest)) {
    if (lastTable !== undefined && lastTable !== table) await writer.endTable();
    lastTable = table;
    const recordsBefore = planner.counts.rows;
    const open = (): Promise<Readable> => objects.stream(fileKey(source, file.name));
    const onBytes = (count: number): void => {
      bytes += count;
    };
    for await (const records of inBatches(readStagedFile({ file, open, onBytes }))) {
      signal.throwIfAborted();
      await planner.plan(table, file, records);
      if (rejects.count > maxErrors) writer.stopWriting();
      await writer.drain();
      report({ phase: "planning", bytes, bytesTotal, records: planner.counts.rows });
    }
    if (planner.counts.rows > recordsBefore || isWholeDump(file.name)) continue;
    const reason = file.size === 0 ? "empty file" : "no rows in this file";
    rejects.add({ file: file.name, line: 0, field: "", reason, row: "" });
  }
  if (rejects.count > maxErrors) writer.stopWriting();
  await writer.endTable();
};

/** Fewer cost the streams less than telling them to pass over. */
const DERIVE_FROM_READS = 20_000;

const countReads = ({ writer }: Plan): number =>
  writer.chunks.filter(({ table }) => table === "reads").reduce((sum, { rows }) => sum + rows, 0);

/** A row that is replaced was derived by the streams, and is so again. */
const doesDerive = (plan: Plan): boolean =>
  countReads(plan) >= DERIVE_FROM_READS && plan.planner.counts.updated === 0;

/** A plan that died may have been of another mind: the streams pass over what nobody would derive. */
const toChangedMind = (): Problem =>
  new Problem("conflict", "others have changed these rows while the load was planned; load again");

const isRefused = ({ rejects, request }: Plan): boolean => rejects.count > request.maxErrors;

const toRefusal = ({ rejects, request: { maxErrors } }: Plan): Problem =>
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
}: Plan): Omit<PlanSummary, "seconds" | "derives"> => ({
  files: files.length,
  records: planner.counts.rows,
  rejected: rejects.count,
  repeated: planner.counts.repeated,
  skipped: planner.counts.skipped,
  updated: planner.counts.updated,
  chunks: writer.chunks.length,
  rows: writer.chunks.reduce((sum, { rows }) => sum + rows, 0),
});

export const createPlanLoad = (deps: PlanLoadDeps) => {
  const now = deps.now ?? Date.now;
  const endDryRun = async (plan: Plan): Promise<Outcome> => {
    const parts = [...plan.writer.chunks, ...plan.known.toParts(plan.writer.chunks.length)];
    const rate = await deps.readRate();
    return {
      kind: "succeed",
      result: toForecast(toSummary(plan), parts, plan.written.bytes, rate),
    };
  };
  const end = (id: string, plan: Plan, startedAt: number): Outcome => {
    const derives = doesDerive(plan);
    const { chunks } = plan.writer;
    const own = derives ? chunks : chunks.map(({ articleShard: _, ...chunk }) => chunk);
    const parts = [...own, ...plan.known.toParts(chunks.length)];
    const summary = { ...toSummary(plan), derives, seconds: (now() - startedAt) / 1000 };
    const progress = { phase: "loading", plan: summary };
    const write = (on: Parameters<typeof writeLedger>[0]): Promise<void> =>
      writeLedger(on, id, parts, { first: MAX_IN_FLIGHT, now: now() });
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
      if (isRefused(plan)) return { kind: "fail", problem: toRefusal(plan) };
      if (plan.request.dryRun) return endDryRun(plan);
      if (doesDerive(plan)) await deps.streams.hold(operationId);
      else if (await deps.streams.isHeld(operationId))
        return { kind: "fail", problem: toChangedMind() };
      return end(operationId, plan, startedAt);
    });
  };
};
