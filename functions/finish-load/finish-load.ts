/**
 * Ends a load: first the rows are counted and summed by SQL on each shard's primary and compared
 * with what was planned, then the derived tables have to agree with the reads they are made of.
 *
 * 1. A difference in the rows fails the load; time does not mend it.
 * 2. A load that asked for no verification ends with neither; the derived tables follow by themselves.
 * 3. What a large load derives itself is counted here; the streams have its rows back once it has
 *    ended. Else the derived tables follow by themselves. While they do, this looks again for a few seconds,
 *    then writes when to look next and ends; after MAX_WAIT_MS it gives up.
 */
import type { loadFinishedChunks } from "#events/load-finished-chunks.ts";
import { ANY_CHANGE, type Changes } from "#shared/changes.ts";
import type { DerivedCounts } from "#shared/derived-counts.ts";
import type { DerivedStreams } from "#shared/derived-streams.ts";
import type { Received } from "#shared/event-function.ts";
import type { LedgerSum } from "#shared/load-ledger.ts";
import type { PlanSummary } from "#shared/load-request.ts";
import type { StepTimes } from "#shared/operation-rows.ts";
import { Problem } from "#shared/problem.ts";
import { chunkPrefix } from "#shared/staging.ts";
import type { Outcome } from "#shared/step-outcome.ts";
import { type Turn, turnOf } from "#shared/turns.ts";
import type { Work, WorkOnStep } from "#shared/work-on-step.ts";
import { compareDerived, type Lag, sumReads } from "./derived-tables.ts";
import { toResult } from "./result.ts";
import {
  findDifferences,
  inTurn,
  type ShardSessions,
  sumLedger,
  sumStored,
} from "./verify-rows.ts";

export interface FinishLoadDeps {
  readonly workOnStep: WorkOnStep;
  readonly readShards: () => Promise<ShardSessions>;
  /** When a statement that reads much may run. */
  readonly turn: Turn;
  readonly readLedger: (operationId: string) => Promise<LedgerSum[]>;
  readonly readTimes: (operationId: string) => Promise<StepTimes>;
  readonly deletePrefix: (prefix: string) => Promise<void>;
  readonly streams: Pick<DerivedStreams, "release" | "start">;
  readonly counts: Pick<DerivedCounts, "add">;
  readonly changes: Pick<Changes, "announce">;
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly now?: () => number;
}

/** Between two looks; each further pause is longer, for every look costs the database something. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 1_000;
/** Then the reads are summed up again: others may have written some. */
const LOOK_FOR_MS = 30_000;
const WAKE_AFTER_MS = 2_000;
const MAX_WAIT_MS = 30 * 60_000;
/** A stream that reads nothing of its own notes where it is about once a second. */
const RELEASE_PAUSE_MS = 700;
const RELEASE_LOOKS = 6;

interface Progress {
  readonly plan?: PlanSummary;
  /** When the rows were found to be right, and how many of them are reads. */
  readonly verifiedAt?: number;
  readonly reads?: number;
}

const turnOfLoad = ({ turn }: FinishLoadDeps, { lease }: Work): Turn =>
  turnOf(lease.operation.request, turn);

const readInTurn = async (deps: FinishLoadDeps, work: Work): Promise<ShardSessions> =>
  inTurn(await deps.readShards(), turnOfLoad(deps, work));

/** Answers how many reads there are of this load. */
const verify = async (deps: FinishLoadDeps, work: Work): Promise<number> => {
  const { id, serial } = work.lease.operation;
  const expected = sumLedger(await deps.readLedger(id));
  const stored = await sumStored(await readInTurn(deps, work), serial, expected);
  const differences = findDifferences(expected, stored);
  if (differences.length === 0) return stored.find(({ table }) => table === "reads")?.rows ?? 0;
  throw new Problem(
    "unprocessable",
    `what is stored is not what was planned: ${differences.join("; ")}`,
    {
      extra: { differences },
    },
  );
};

export const createFinishLoad = (deps: FinishLoadDeps) => {
  const now = deps.now ?? Date.now;

  const waitForDerived = async (work: Work, progress: Progress): Promise<Lag> => {
    const until = now() + LOOK_FOR_MS;
    let pause = FIRST_PAUSE_MS;
    const shards = await readInTurn(deps, work);
    const reads = await sumReads(shards, work.lease.operation.serial, progress.reads ?? 0);
    for (;;) {
      const lag = await compareDerived(shards, reads);
      if (lag.isEqual || now() >= until) return lag;
      work.signal.throwIfAborted();
      // They stood still, and one of them further on than the other.
      if (progress.plan?.derives === true) await deps.streams.start();
      work.report({ ...progress, phase: "waiting", next: lag.reason });
      await deps.sleep(pause);
      pause = Math.min(LONGEST_PAUSE_MS, pause * 1.5);
    }
  };

  const succeed = async (id: string, progress: Progress): Promise<Outcome> => {
    const [ledger, times] = await Promise.all([
      deps.readLedger(id),
      deps.readTimes(id),
      deps.changes.announce(ANY_CHANGE),
      deps.deletePrefix(chunkPrefix(id)),
    ]);
    return { kind: "succeed", result: toResult({ ledger, times, progress, at: now() }) };
  };

  const finish = async (work: Work): Promise<Outcome> => {
    const { operation } = work.lease;
    const before: Progress = operation.progress;
    const count = async (): Promise<void> => {
      if (before.plan?.derives === true)
        await deps.counts.add(operation.serial, turnOfLoad(deps, work));
    };
    if (operation.request["verify"] === "off") {
      await count();
      return succeed(operation.id, before);
    }
    const [reads] = await Promise.all([before.reads ?? verify(deps, work), count()]);
    const progress: Progress = { ...before, reads, verifiedAt: before.verifiedAt ?? now() };
    const { isEqual, reason: next } = await waitForDerived(work, progress);
    if (!isEqual) {
      if (now() - (progress.verifiedAt ?? 0) < MAX_WAIT_MS)
        return {
          kind: "wait",
          ms: WAKE_AFTER_MS,
          progress: { ...progress, phase: "waiting", next },
        };
      const detail = `the rows are loaded and right, but the derived tables do not agree: ${next}`;
      return { kind: "fail", problem: new Problem("timeout", detail) };
    }
    return succeed(operation.id, progress);
  };

  /** The load has ended by now, and what does not go here goes by the sweep. */
  const release = async (operationId: string): Promise<void> => {
    for (let look = 0; look < RELEASE_LOOKS; look += 1) {
      if (await deps.streams.release(operationId)) return;
      await deps.sleep(RELEASE_PAUSE_MS);
    }
  };

  return async ({ data }: Received<ReturnType<typeof loadFinishedChunks.parse>>): Promise<void> => {
    const { operationId } = data;
    let hasEnded = false;
    await deps.workOnStep({ operationId, step: "finish" }, async (work) => {
      const outcome = await finish(work);
      hasEnded = outcome.kind !== "wait";
      return outcome;
    });
    if (hasEnded) await release(operationId);
  };
};
