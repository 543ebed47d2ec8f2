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
import { isProblem, Problem } from "#shared/problem.ts";
import type { Row } from "#shared/row-parser.ts";
import type { Sql } from "#shared/sql.ts";
import { amountOf, type Inserted, insertChunk } from "./insert-chunk.ts";
import { type DirectorySessions, insertDirectory } from "./insert-directory.ts";

export interface LoadChunkDeps {
  readonly ledger: Pick<LoadLedger, "take" | "done" | "release">;
  readonly driver: Pick<LoadDriver, "after">;
  readonly objects: { read(key: string): Promise<Buffer> };
  readonly sessions: DirectorySessions & { to(shard: string): Promise<Sql> };
  readonly fail: (operationId: string, problem: Problem) => Promise<unknown>;
}

const SHOWN = 10;

const parseRows = (body: Buffer, { object, sha256 }: LoadChunkReady): Row[] => {
  if (hash("sha256", body) !== sha256)
    throw new Problem("unprocessable", `${object} is not the chunk that was planned`);
  const lines = body.toString().split("\n");
  // A chunk ends with a line end.
  lines.pop();
  return lines.map((line) => JSON.parse(line) as Row);
};

const toConflict = (table: string, rows: readonly Row[]): Problem =>
  new Problem("unprocessable", `${rows.length} ${table} are in the database with other content`, {
    extra: { rows: rows.slice(0, SHOWN) },
  });

const add = (one: Amount, other: Amount): Amount => ({
  rows: one.rows + other.rows,
  sum: xor(one.sum, other.sum),
});

/** Rows whose key belongs to a row under another home are not written at all. */
const insert = async (
  { sessions }: LoadChunkDeps,
  { table, shard, serial }: ChunkLease,
  rows: readonly Row[],
): Promise<Inserted> => {
  const taken =
    table === "reads" ? new Set<number>() : await insertDirectory(sessions, table, rows);
  const isTaken = (row: Row): boolean => taken.has(Number(row[1]));
  const free = taken.size === 0 ? rows : rows.filter((row) => !isTaken(row));
  const inserted = await insertChunk(await sessions.to(shard), { table, rows: free, serial });
  const refused = taken.size === 0 ? [] : rows.filter(isTaken);
  return { ...inserted, conflicts: [...inserted.conflicts, ...refused] };
};

const load = async (
  deps: LoadChunkDeps,
  lease: ChunkLease,
  event: LoadChunkReady,
): Promise<Amount> => {
  const rows = parseRows(await deps.objects.read(event.object), event);
  const { known, conflicts } = await insert(deps, lease, rows);
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
      const known = await load(deps, lease, data);
      if (!(await deps.ledger.done(lease, known))) return;
    } catch (error) {
      const problem = toProblem(error);
      await deps.ledger.release(lease, problem);
      if (problem.status >= 500) throw error;
      await deps.fail(data.operationId, problem);
      return;
    }
    await deps.driver.after(data.operationId, data.number);
  };
