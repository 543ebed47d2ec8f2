/**
 * Loads one chunk: takes it, inserts its rows, enters it as done, and sets off the next of its lane.
 *
 * 1. A chunk delivered twice, at once or later, changes nothing: who has no lease leaves it, and
 *    inserting is idempotent anyway.
 * 2. Rows that are there with other content end the load, unless it was asked to pass them over;
 *    what a retry may mend gives the chunk back and is thrown on.
 */
import { hash } from "node:crypto";
import type { LoadChunkReady } from "#events/load-chunk-ready.ts";
import { xor } from "#shared/checksum.ts";
import type { Received } from "#shared/event-function.ts";
import type { LoadDriver } from "#shared/load-driver.ts";
import type { Amount, ChunkLease, LoadLedger } from "#shared/load-ledger.ts";
import { defineCounter } from "#shared/metrics.ts";
import { isProblem, Problem } from "#shared/problem.ts";
import type { Row } from "#shared/row-parser.ts";
import { type Turn, turnOf } from "#shared/turns.ts";
import {
  amountOf,
  type ChunkRows,
  type Inserted,
  insertChunk,
  insertDerived,
  replaceChunkRows,
  type Target,
} from "./insert-chunk.ts";
import { type DirectorySessions, insertDirectory } from "./insert-directory.ts";

export interface LoadChunkDeps {
  readonly ledger: Pick<LoadLedger, "take" | "done" | "release">;
  readonly driver: Pick<LoadDriver, "after">;
  readonly objects: { read(key: string): Promise<Buffer> };
  readonly sessions: DirectorySessions & { to(shard: string): Promise<Target> };
  readonly fail: (operationId: string, problem: Problem) => Promise<unknown>;
  /** When a chunk may be worked on; it waits with its lease, so that nobody takes it for lost. */
  readonly turn: Turn;
}

const SHOWN = 10;

const loadedRows = defineCounter("tagenal_loaded_rows_total", "Rows that loads have inserted.");

const toText = (body: Buffer, { object, sha256 }: LoadChunkReady): string => {
  if (hash("sha256", body) === sha256) return body.toString();
  throw new Problem("unprocessable", `${object} is not the chunk that was planned`);
};

const toChunkRows = ({ table, serial, rows: count }: ChunkLease, json: string): ChunkRows => {
  let rows: readonly Row[] | undefined;
  return {
    ...{ table, serial, count, json },
    rows: () => {
      rows ??= JSON.parse(json) as Row[];
      return rows;
    },
  };
};

const toConflict = (table: string, rows: readonly Row[]): Problem =>
  new Problem("unprocessable", `${rows.length} ${table} are in the database with other content`, {
    extra: { rows: rows.slice(0, SHOWN) },
  });

const add = (one: Amount, other: Amount): Amount => ({
  rows: one.rows + other.rows,
  sum: xor(one.sum, other.sum),
});

/**
 * What is there with other content is replaced, if the load was asked to. Not by one that derives
 * its rows itself: it had none to replace when it was planned.
 */
const insertOrReplace = async (
  target: Target,
  { request, articleShard }: ChunkLease,
  chunk: ChunkRows,
): Promise<Inserted> => {
  const inserted = await insertChunk(target, chunk);
  if (request["onConflict"] !== "update" || inserted.conflicts.length === 0) return inserted;
  if (articleShard !== "")
    throw new Problem(
      "unprocessable",
      "others have changed these reads meanwhile; load them again",
    );
  await replaceChunkRows(target, chunk, inserted.conflicts);
  return { known: inserted.known, conflicts: [] };
};

const insertReads = async (
  sessions: LoadChunkDeps["sessions"],
  lease: ChunkLease,
  { target, chunk }: { readonly target: Target; readonly chunk: ChunkRows },
): Promise<Inserted> => {
  const inserted = await insertOrReplace(target, lease, chunk);
  if (lease.articleShard !== "")
    await insertDerived(await sessions.to(lease.articleShard), chunk, inserted.own);
  return inserted;
};

/** Rows whose key belongs to a row under another home are not written at all. */
const insert = async (
  { sessions }: LoadChunkDeps,
  lease: ChunkLease,
  chunk: ChunkRows,
): Promise<Inserted> => {
  const { table, shard } = lease;
  const target = await sessions.to(shard);
  if (table === "reads") return insertReads(sessions, lease, { target, chunk });
  const taken = await insertDirectory(sessions, table, chunk.rows());
  if (taken.size === 0) return insertOrReplace(target, lease, chunk);
  const isTaken = (row: Row): boolean => taken.has(Number(row[1]));
  const free = chunk.rows().filter((row) => !isTaken(row));
  const part = toChunkRows({ ...lease, rows: free.length }, JSON.stringify(free));
  const { known, conflicts } = await insertOrReplace(target, lease, part);
  return { known, conflicts: [...conflicts, ...chunk.rows().filter(isTaken)] };
};

const load = async (
  deps: LoadChunkDeps,
  lease: ChunkLease,
  event: LoadChunkReady,
): Promise<Amount> => {
  const json = toText(await deps.objects.read(event.object), event);
  const { known, conflicts } = await insert(deps, lease, toChunkRows(lease, json));
  if (conflicts.length === 0) return known;
  if (lease.request["onConflict"] !== "skip") throw toConflict(lease.table, conflicts);
  // What stays as it was is not part of what this load has to account for.
  return add(known, amountOf(conflicts));
};

const toProblem = (error: unknown): Problem =>
  isProblem(error)
    ? error
    : new Problem("internal", error instanceof Error ? error.message.slice(0, 300) : String(error));

export const createLoadChunk =
  (deps: LoadChunkDeps) =>
  async ({ data }: Received<LoadChunkReady>): Promise<void> => {
    const lease = await deps.ledger.take(data.operationId, data.number);
    if (lease === undefined) return;
    try {
      const known = await turnOf(lease.request, deps.turn)(() => load(deps, lease, data));
      if (!(await deps.ledger.done(lease, known))) return;
      loadedRows({ table: lease.table }, lease.rows - known.rows);
    } catch (error) {
      const problem = toProblem(error);
      await deps.ledger.release(lease, problem);
      if (problem.status >= 500) throw error;
      await deps.fail(data.operationId, problem);
      return;
    }
    await deps.driver.after(data.operationId, data.number);
  };
