/**
 * Removes what a cancelled load has loaded, chunk by chunk and the last first.
 *
 * 1. It begins once nobody loads a chunk any more: a row written behind our back would stay.
 * 2. Only rows that carry the load's serial go; those that were there before stay. The entries of
 *    the directory go first, so that none is left behind when this is cut short and done again.
 * 3. Where the streams pass over the load's rows, what it has derived is taken out here as well: from
 *    be_read first, which is counted from article_read, and a read's row there after the read.
 * 4. Media stay: they may be those of other articles' rows by now.
 */
import type { loadRemovalRequested } from "#events/load-removal-requested.ts";
import { ANY_CHANGE, type Changes } from "#shared/changes.ts";
import type { DerivedCounts } from "#shared/derived-counts.ts";
import type { DerivedStreams } from "#shared/derived-streams.ts";
import type { Received } from "#shared/event-function.ts";
import type { LoadRemoval, RemovableChunk } from "#shared/load-removal.ts";
import type { Row } from "#shared/row-parser.ts";
import type { Sql } from "#shared/sql.ts";
import { chunkPrefix } from "#shared/staging.ts";
import type { Outcome } from "#shared/step-outcome.ts";
import type { Work, WorkOnStep } from "#shared/work-on-step.ts";
import {
  deleteArticleReads,
  deleteEntries,
  deleteRows,
  type OwnRow,
  selectOwn,
} from "./remove-sql.ts";

export interface RemoveLoadDeps {
  readonly workOnStep: WorkOnStep;
  readonly removal: LoadRemoval;
  readonly objects: {
    read(key: string): Promise<Buffer>;
    deletePrefix(prefix: string): Promise<void>;
  };
  readonly readShards: () => Promise<readonly string[]>;
  /** Where statements go that concern one shard, and those that may concern any. */
  readonly shard: (name: string) => Sql;
  readonly anywhere: Sql;
  readonly streams: Pick<DerivedStreams, "isHeld">;
  readonly counts: Pick<DerivedCounts, "takeBack">;
  readonly changes: Pick<Changes, "announce">;
  readonly sleep: (ms: number) => Promise<unknown>;
}

const PAUSE_MS = 500;
const ROWS_A_STATEMENT = 1_000;

export const createRemoveLoad = (deps: RemoveLoadDeps) => {
  const waitUntilQuiet = async ({ lease, signal, report }: Work): Promise<void> => {
    for (;;) {
      const left = await deps.removal.drop(lease.operation.id);
      if (left === 0) return;
      report({ ...lease.operation.progress, phase: "removing", waitingFor: left });
      await deps.sleep(PAUSE_MS);
      signal.throwIfAborted();
    }
  };

  const removeRows = async (
    sql: Sql,
    { table }: RemovableChunk,
    rows: readonly Row[],
    serial: number,
  ): Promise<number> => {
    if (table !== "reads") {
      const own = await sql.query<OwnRow>(selectOwn(table, rows, serial));
      if (own.length === 0) return 0;
      await deps.anywhere.write(deleteEntries(table, own), [], { harmless: true });
    }
    const { affected } = await sql.write(deleteRows(table, rows, serial), [], { harmless: true });
    return affected;
  };

  const sessionOf = async (shard: string): Promise<Sql> =>
    // A shard that was split since: whoever distributes statements finds the rows.
    (await deps.readShards()).includes(shard) ? deps.shard(shard) : deps.anywhere;

  const removeChunk = async (chunk: RemovableChunk, serial: number): Promise<number> => {
    const sql = await sessionOf(chunk.shard);
    const all = JSON.parse((await deps.objects.read(chunk.object)).toString()) as Row[];
    let removed = 0;
    for (let start = 0; start < all.length; start += ROWS_A_STATEMENT) {
      const rows = all.slice(start, start + ROWS_A_STATEMENT);
      removed += await removeRows(sql, chunk, rows, serial);
      if (chunk.articleShard === "") continue;
      const derived = await sessionOf(chunk.articleShard);
      await derived.write(deleteArticleReads(rows, serial), [], { harmless: true });
    }
    return removed;
  };

  const remove = async (work: Work): Promise<Outcome> => {
    const { id, serial, progress } = work.lease.operation;
    await waitUntilQuiet(work);
    if (await deps.streams.isHeld(id)) await deps.counts.takeBack(serial);
    const chunks = await deps.removal.chunks(id);
    const total = chunks.reduce((sum, { rows }) => sum + rows, 0);
    let done = 0;
    let removed = 0;
    for (const chunk of chunks) {
      work.signal.throwIfAborted();
      removed += await removeChunk(chunk, serial);
      await deps.removal.removed(id, chunk.number);
      done += chunk.rows;
      work.report({ ...progress, phase: "removing", rows: { done, total } });
    }
    await deps.changes.announce(ANY_CHANGE);
    await deps.objects.deletePrefix(chunkPrefix(id));
    return { kind: "cancel", result: { removed } };
  };

  return async ({
    data,
  }: Received<ReturnType<typeof loadRemovalRequested.parse>>): Promise<void> => {
    await deps.workOnStep({ operationId: data.operationId, step: "remove" }, remove);
  };
};
