/**
 * The ledger of a load whose rows are to be removed. A chunk is dropped where nobody has begun it or
 * nobody holds it any more, and removed once its rows are gone.
 */
import { ARRIVAL_MS } from "./operation-state.ts";
import type { Sql } from "./sql.ts";
import type { LoadableName } from "./tables.ts";

export interface RemovableChunk {
  readonly number: number;
  readonly table: LoadableName;
  readonly shard: string;
  /** Where its reads are rows of article_read by the load's own doing; else empty. */
  readonly articleShard: string;
  readonly object: string;
  readonly rows: number;
}

export interface LoadRemoval {
  /** Lets nobody begin a chunk any more; how many are still being loaded. */
  drop(operationId: string): Promise<number>;
  /** Those that may have put rows into the tables, and have not been removed. */
  chunks(operationId: string): Promise<RemovableChunk[]>;
  removed(operationId: string, number: number): Promise<void>;
}

/** For the transaction that gives the load up. */
export const dropWaiting = (on: Sql, operationId: string): Promise<unknown> =>
  on.write(
    "update load_chunk set state = 'dropped', fence = fence + 1 where operation_id = ? and state in ('planned', 'queued')",
    [operationId],
  );

export const createLoadRemoval = (db: Sql, now: () => number = Date.now): LoadRemoval => ({
  drop: async (operationId) => {
    await dropWaiting(db, operationId);
    await db.write(
      // A little longer than its lease: whoever held it has then long been cut off.
      "update load_chunk set state = 'dropped', fence = fence + 1 where operation_id = ? and state = 'running' and lease_until < ?",
      [operationId, now() - ARRIVAL_MS],
    );
    const [row] = await db.query<{ count: number }>(
      "select count(*) as count from load_chunk where operation_id = ? and state in ('planned', 'queued', 'running')",
      [operationId],
    );
    return row?.count ?? 0;
  },
  chunks: (operationId) =>
    db.query<RemovableChunk>(
      "select number, table_name as `table`, shard, article_shard as articleShard, object, row_count as `rows` from load_chunk " +
        "where operation_id = ? and object <> '' and attempts > 0 and state in ('done', 'dropped') order by number desc",
      [operationId],
    ),
  removed: async (operationId, number) => {
    await db.write(
      "update load_chunk set state = 'removed' where operation_id = ? and number = ?",
      [operationId, number],
      { harmless: true },
    );
  },
});
