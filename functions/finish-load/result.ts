/** What a load says of itself when it has ended. Pure. */
import type { LedgerSum } from "#shared/load-ledger.ts";
import type { PlanSummary } from "#shared/load-request.ts";
import type { Json, StepTimes } from "#shared/operation-rows.ts";

export interface ResultInput {
  readonly ledger: readonly LedgerSum[];
  readonly times: StepTimes;
  readonly progress: {
    readonly plan?: PlanSummary;
    readonly verifiedAt?: number;
    readonly checksums?: Readonly<Record<string, string>>;
  };
  readonly at: number;
}

const seconds = (ms: number): number => Math.round(ms) / 1000;

const sum = (numbers: readonly number[]): number => numbers.reduce((one, other) => one + other, 0);

const toTables = (
  ledger: readonly LedgerSum[],
  checksums: Readonly<Record<string, string>>,
): Json =>
  Object.fromEntries(
    [...new Set(ledger.map(({ table }) => table))].map((table) => {
      const parts = ledger.filter((part) => part.table === table);
      const rows = sum(parts.map(({ planned }) => planned.rows));
      const known = sum(parts.map(({ known: found }) => found.rows));
      const shards = Object.fromEntries(parts.map(({ shard, planned }) => [shard, planned.rows]));
      return [table, { rows, loaded: rows - known, known, checksum: checksums[table], shards }];
    }),
  );

export const toResult = ({ ledger, times, progress, at }: ResultInput): Json => {
  const { plan, load, finish } = times;
  const begin = plan?.startedAt ?? at;
  const verifiedAt = progress.verifiedAt ?? at;
  const rows = sum(ledger.map(({ planned }) => planned.rows));
  const took = (from: number | undefined, to: number | null | undefined): number =>
    from === undefined ? 0 : seconds((to ?? at) - from);
  const total = seconds(at - begin);
  return {
    tables: toTables(ledger, progress.checksums ?? {}),
    rows,
    rejected: progress.plan?.rejected ?? 0,
    repeated: progress.plan?.repeated ?? 0,
    skipped: progress.plan?.skipped ?? 0,
    seconds: {
      plan: took(plan?.startedAt, plan?.finishedAt),
      load: took(load?.startedAt, load?.finishedAt),
      verify: took(finish?.startedAt, verifiedAt),
      derived: seconds(at - verifiedAt),
      total,
    },
    rowsPerSecond: total === 0 ? rows : Math.round(rows / total),
  };
};
