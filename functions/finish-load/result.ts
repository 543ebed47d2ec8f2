/** What a load says of itself when it has ended. Pure. */
import { EMPTY, toHex, xor } from "#shared/checksum.ts";
import type { LedgerSum } from "#shared/load-ledger.ts";
import type { PlanSummary } from "#shared/load-request.ts";
import type { Json, StepTimes } from "#shared/operation-rows.ts";
import type { LoadableName } from "#shared/tables.ts";

export interface ResultInput {
  readonly ledger: readonly LedgerSum[];
  readonly times: StepTimes;
  readonly progress: {
    readonly plan?: PlanSummary;
    readonly verifiedAt?: number;
  };
  readonly at: number;
}

const seconds = (ms: number): number => Math.round(ms) / 1000;

const sum = (numbers: readonly number[]): number => numbers.reduce((one, other) => one + other, 0);

const order: readonly LoadableName[] = ["users", "articles", "reads"];

/** The checksum is of all rows of the input that were to be loaded, known ones too. */
const toTables = (ledger: readonly LedgerSum[]): Json =>
  Object.fromEntries(
    order.flatMap((table) => {
      const parts = ledger.filter((part) => part.table === table);
      if (parts.length === 0) return [];
      const rows = sum(parts.map(({ planned }) => planned.rows));
      const known = sum(parts.map(({ known: found }) => found.rows));
      const shards = Object.fromEntries(parts.map(({ shard, planned }) => [shard, planned.rows]));
      const checksum = toHex(parts.map(({ planned }) => planned.sum).reduce(xor, EMPTY));
      return [[table, { rows, loaded: rows - known, known, checksum, shards }]];
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
    tables: toTables(ledger),
    rows,
    rejected: progress.plan?.rejected ?? 0,
    repeated: progress.plan?.repeated ?? 0,
    skipped: progress.plan?.skipped ?? 0,
    updated: progress.plan?.updated ?? 0,
    verified: progress.verifiedAt !== undefined,
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
