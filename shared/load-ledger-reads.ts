/** The statements behind shared/load-ledger.ts that only read. */
import { fromHex } from "./checksum.ts";
import type { ChunkLease, LedgerSum, Tally } from "./load-ledger.ts";
import type { OperationState } from "./operation-state.ts";
import type { Sql } from "./sql.ts";
import type { LoadableName } from "./tables.ts";

export interface ChunkRow extends ChunkLease {
  readonly state: string;
  readonly leaseUntil: number;
  readonly operationState: OperationState;
}

const SELECT_CHUNK =
  "select c.operation_id as operationId, c.number, c.fence, c.table_name as `table`, c.shard, " +
  "c.article_shard as articleShard, c.row_count as `rows`, c.attempts, c.state, c.lease_until as leaseUntil, " +
  "o.serial, o.request, o.state as operationState " +
  "from load_chunk c join operation o on o.id = c.operation_id " +
  "where c.operation_id = ? and c.number = ?";

export const readChunk = async (
  db: Sql,
  operationId: string,
  number: number,
): Promise<ChunkRow | undefined> =>
  (await db.query<ChunkRow>(SELECT_CHUNK, [operationId, number]))[0];

export const readSums = async (db: Sql, operationId: string): Promise<LedgerSum[]> => {
  const rows = await db.query<{
    table: LoadableName;
    shard: string;
    rowCount: number;
    rowSum: string | null;
    knownCount: number;
    knownSum: string | null;
  }>(
    "select table_name as `table`, shard, sum(row_count) as rowCount, hex(bit_xor(row_sum)) as rowSum, " +
      "sum(known_count) as knownCount, hex(bit_xor(known_sum)) as knownSum " +
      "from load_chunk where operation_id = ? group by table_name, shard order by table_name, shard",
    [operationId],
  );
  return rows.map(({ table, shard, rowCount, rowSum, knownCount, knownSum }) => ({
    table,
    shard,
    planned: { rows: rowCount, sum: fromHex(rowSum) },
    known: { rows: knownCount, sum: fromHex(knownSum) },
  }));
};

export const readTally = async (db: Sql, operationId: string): Promise<Tally> => {
  const rows = await db.query<{ state: string; chunks: number; rows: number }>(
    "select state, count(*) as chunks, sum(row_count) as `rows` from load_chunk " +
      // What was known before is no part of the work.
      "where operation_id = ? and object <> '' group by state",
    [operationId],
  );
  const add = (what: "chunks" | "rows", ...states: string[]): number =>
    rows
      .filter(({ state }) => states.length === 0 || states.includes(state))
      .reduce((sum, row) => sum + row[what], 0);
  return {
    planned: add("chunks", "planned"),
    inFlight: add("chunks", "queued", "running"),
    done: add("chunks", "done"),
    rows: add("rows"),
    doneRows: add("rows", "done"),
  };
};

/** How far a load is with one table of one shard. */
export interface LoadPart {
  readonly table: LoadableName;
  readonly shard: string;
  readonly rows: number;
  readonly doneRows: number;
}

export const readParts = async (
  db: Pick<Sql, "query">,
  operationId: string,
): Promise<LoadPart[]> => {
  const rows = await db.query<LoadPart>(
    "select table_name as `table`, shard, sum(row_count) as `rows`, " +
      "sum(if(state = 'done', row_count, 0)) as doneRows from load_chunk " +
      "where operation_id = ? and object <> '' group by table_name, shard " +
      "order by table_name, shard",
    [operationId],
  );
  return rows.map((row) => ({ ...row, rows: Number(row.rows), doneRows: Number(row.doneRows) }));
};
