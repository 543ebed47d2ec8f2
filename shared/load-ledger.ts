/**
 * The ledger of a load: one row a chunk (global.load_chunk), from which anybody can tell what is
 * loaded and what is left.
 *
 * A chunk is planned, then queued (its event is under way until lease_until), running (leased) and
 * done. A chunk whose lease has run out belongs to nobody and is queued again. Inserting is
 * idempotent, so two who hold the same chunk do no harm; the fence decides whose word counts.
 */
import type { LoadChunkReady } from "#events/load-chunk-ready.ts";
import { type Checksum, toHex } from "./checksum.ts";
import { type ChunkRow, readChunk, readSums, readTally } from "./load-ledger-reads.ts";
import type { Json } from "./operation-rows.ts";
import { ARRIVAL_MS, isLive } from "./operation-state.ts";
import type { Problem } from "./problem.ts";
import { type Sql, toLiteral } from "./sql.ts";
import type { LoadableName } from "./tables.ts";

export interface PlannedChunk {
  readonly number: number;
  readonly table: LoadableName;
  readonly shard: string;
  readonly object: string;
  readonly sha256: string;
  readonly rows: number;
  readonly sum: Checksum;
  /** No object, nothing to load: the database has these rows already. */
  readonly isKnown?: boolean;
  /** Where all of these reads have their articles, if the load derives them. */
  readonly articleShard?: string;
}

export interface Amount {
  readonly rows: number;
  readonly sum: Checksum;
}

export interface ChunkLease {
  readonly operationId: string;
  readonly number: number;
  readonly fence: number;
  readonly table: LoadableName;
  readonly shard: string;
  /** Where the reads are to become rows of article_read; empty where the streams see to it. */
  readonly articleShard: string;
  readonly rows: number;
  readonly attempts: number;
  /** Written into each row. */
  readonly serial: number;
  readonly request: Json;
}

/** Chunks and rows by state. */
export interface Tally {
  readonly planned: number;
  readonly inFlight: number;
  readonly done: number;
  readonly rows: number;
  readonly doneRows: number;
}

export interface LedgerSum {
  readonly table: LoadableName;
  readonly shard: string;
  readonly planned: Amount;
  readonly known: Amount;
}

export interface LoadLedger {
  take(operationId: string, number: number): Promise<ChunkLease | undefined>;
  /** False where the lease has gone to another. */
  done(lease: ChunkLease, known: Amount): Promise<boolean>;
  release(lease: ChunkLease, problem: Problem): Promise<void>;
  /** Planned to queued, as long as the operation is live. Undefined where it is not planned. */
  claim(operationId: string, number: number): Promise<LoadChunkReady | undefined>;
  tally(operationId: string): Promise<Tally>;
  /** Numbers of the first planned chunks. */
  planned(operationId: string, limit: number): Promise<number[]>;
  /** Queues again what nobody holds any more. */
  requeue(operationId: string, limit: number): Promise<RequeuedChunk[]>;
  sums(operationId: string): Promise<LedgerSum[]>;
}

export interface RequeuedChunk extends LoadChunkReady {
  readonly attempts: number;
  readonly problem: Json | null;
}

const CHUNK_LEASE_MS = 20_000;
const ROWS_A_STATEMENT = 500;

const toDecimal = (sum: Checksum): string => BigInt(`0x${toHex(sum)}`).toString();

/** Replaces the ledger of an operation: its plan may have been begun before. */
export const writeLedger = async (
  on: Sql,
  operationId: string,
  chunks: readonly PlannedChunk[],
  queued: { readonly first: number; readonly now: number },
): Promise<void> => {
  await on.write("delete from load_chunk where operation_id = ?", [operationId]);
  const toValues = (chunk: PlannedChunk): string => {
    const isKnown = chunk.isKnown === true;
    const isQueued = !isKnown && chunk.number <= queued.first;
    const { articleShard = "" } = chunk;
    const texts = [operationId, chunk.table, chunk.shard, chunk.object, chunk.sha256, articleShard];
    const [id, table, shard, object, sha256, articles] = texts.map(toLiteral);
    const toDo = isQueued ? "queued" : "planned";
    const state = isKnown ? "done" : toDo;
    const known = isKnown ? `${chunk.rows}, ${toDecimal(chunk.sum)}` : "0, 0";
    const leaseUntil = isQueued ? queued.now + ARRIVAL_MS : 0;
    return `(${id}, ${chunk.number}, ${table}, ${shard}, ${object}, ${sha256}, ${chunk.rows}, ${toDecimal(chunk.sum)}, ${known}, '${state}', ${leaseUntil}, ${articles})`;
  };
  for (let start = 0; start < chunks.length; start += ROWS_A_STATEMENT) {
    const part = chunks.slice(start, start + ROWS_A_STATEMENT);
    await on.write(
      "insert into load_chunk (operation_id, number, table_name, shard, object, object_sha256, " +
        `row_count, row_sum, known_count, known_sum, state, lease_until, article_shard) values ${part.map(toValues).join(", ")}`,
    );
  }
};

export const toChunkReady = (
  operationId: string,
  { number, object, sha256 }: Pick<PlannedChunk, "number" | "object" | "sha256">,
): LoadChunkReady => ({ operationId, number, object, sha256 });

const SELECT_EVENT =
  "select operation_id as operationId, number, object, object_sha256 as sha256, attempts, problem " +
  "from load_chunk where operation_id = ?";

const LIVE =
  "exists (select 1 from operation o where o.id = operation_id and o.state in ('planned', 'running', 'waiting'))";

const HELD = "operation_id = ? and number = ? and fence = ? and state = 'running'";

const isFree = ({ state, leaseUntil, operationState }: ChunkRow, now: number): boolean =>
  isLive(operationState) && (state === "queued" || (state === "running" && leaseUntil < now));

export const createLoadLedger = (db: Sql, now: () => number = Date.now): LoadLedger => {
  const toQueue = async (
    { operationId, number }: { operationId: string; number: number },
    condition: string,
  ): Promise<boolean> => {
    const { affected } = await db.write(
      "update load_chunk set state = 'queued', fence = fence + 1, lease_until = ? " +
        `where operation_id = ? and number = ? and ${condition} and ${LIVE}`,
      [now() + ARRIVAL_MS, operationId, number],
    );
    return affected === 1;
  };
  return {
    take: async (operationId, number) => {
      const chunk = await readChunk(db, operationId, number);
      if (chunk === undefined || !isFree(chunk, now())) return undefined;
      const { affected } = await db.write(
        "update load_chunk set state = 'running', fence = fence + 1, attempts = attempts + 1, lease_until = ? " +
          "where operation_id = ? and number = ? and fence = ?",
        [now() + CHUNK_LEASE_MS, operationId, number, chunk.fence],
      );
      return affected === 1 ? { ...chunk, fence: chunk.fence + 1 } : undefined;
    },
    done: async ({ operationId, number, fence }, known) => {
      const { affected } = await db.write(
        "update load_chunk set state = 'done', known_count = ?, known_sum = ?, finished_at = ?, problem = null " +
          `where ${HELD}`,
        [known.rows, toDecimal(known.sum), now(), operationId, number, fence],
      );
      return affected === 1;
    },
    release: async ({ operationId, number, fence }, problem) => {
      await db.write(
        `update load_chunk set state = 'queued', lease_until = ?, problem = ? where ${HELD}`,
        [now() + ARRIVAL_MS, JSON.stringify(problem), operationId, number, fence],
      );
    },
    claim: async (operationId, number) => {
      if (!(await toQueue({ operationId, number }, "state = 'planned'"))) return undefined;
      const sql = `${SELECT_EVENT} and number = ?`;
      const [chunk] = await db.query<RequeuedChunk>(sql, [operationId, number]);
      return chunk;
    },
    tally: (operationId) => readTally(db, operationId),
    planned: async (operationId, limit) => {
      const rows = await db.query<{ number: number }>(
        "select number from load_chunk where operation_id = ? and state = 'planned' order by number limit ?",
        [operationId, limit],
      );
      return rows.map(({ number }) => number);
    },
    requeue: async (operationId, limit) => {
      const late = "state in ('queued', 'running') and lease_until < ?";
      const rows = await db.query<RequeuedChunk>(
        `${SELECT_EVENT} and ${late} order by number limit ?`,
        [operationId, now(), limit],
      );
      const requeued: RequeuedChunk[] = [];
      for (const row of rows)
        if (await toQueue(row, `state in ('queued', 'running') and lease_until < ${now()}`))
          requeued.push(row);
      return requeued;
    },
    sums: (operationId) => readSums(db, operationId),
  };
};
