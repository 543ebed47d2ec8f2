/** What a load would do, for whoever asks before it is done. Pure. */
import type { PlannedChunk } from "#shared/load-ledger.ts";
import type { PlanSummary } from "#shared/load-request.ts";
import type { Json } from "#shared/operation-rows.ts";
import type { LoadableName } from "#shared/tables.ts";

const order: readonly LoadableName[] = ["users", "articles", "reads"];

const sum = (parts: readonly PlannedChunk[]): number =>
  parts.reduce((rows, part) => rows + part.rows, 0);

const toTable = (parts: readonly PlannedChunk[]): Json => {
  const shards = [...new Set(parts.map(({ shard }) => shard))].sort();
  return {
    rows: sum(parts),
    known: sum(parts.filter(({ isKnown }) => isKnown === true)),
    shards: Object.fromEntries(
      shards.map((shard) => [shard, sum(parts.filter((part) => part.shard === shard))]),
    ),
  };
};

/** `bytes`: of the rows to be written; `rate`: rows a second, as loads have lately had. */
export const toForecast = (
  { rejected, repeated, skipped, updated, chunks, rows }: Omit<PlanSummary, "seconds" | "derives">,
  parts: readonly PlannedChunk[],
  bytes: number,
  rate: number | undefined,
): Json => ({
  dryRun: true,
  tables: Object.fromEntries(
    order.flatMap((table) => {
      const own = parts.filter((part) => part.table === table);
      return own.length === 0 ? [] : [[table, toTable(own)]];
    }),
  ),
  ...{ rows: sum(parts), toLoad: rows, rejected, repeated, skipped, updated, chunks, bytes },
  estimatedSeconds: rate === undefined ? null : Math.ceil(rows / rate),
});
