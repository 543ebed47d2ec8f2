/**
 * What a step of an operation may end with, and the rows that say so. All of it runs inside a
 * transaction that holds the operation's row.
 */
import type { StoredEvent } from "./emit.ts";
import { insertStep, type Json, type Operation, record, setState } from "./operation-rows.ts";
import { ARRIVAL_MS } from "./operation-state.ts";
import { Problem } from "./problem.ts";
import type { Sql } from "./sql.ts";

export interface Lease {
  readonly operation: Operation;
  readonly step: string;
  readonly fence: number;
}

export interface StepAndEvent {
  readonly step: string;
  readonly event: StoredEvent;
}

export type Outcome =
  | ({ readonly kind: "next" } & StepAndEvent & More)
  /** The next step is done in parts: `write` adds their rows, `events` wakes the first of them. */
  | ({ readonly kind: "fan-out"; readonly step: string; readonly events: StoredEvent[] } & More)
  | { readonly kind: "wait"; readonly ms: number; readonly progress: Json }
  | { readonly kind: "succeed"; readonly result: Json }
  /** It was cancelled, or undone, and what was to be done about that is done. */
  | { readonly kind: "cancel" | "undo"; readonly result: Json }
  | { readonly kind: "fail"; readonly problem: Problem };

/** What a step may write along with its end. */
interface More {
  readonly write?: (transaction: Sql) => Promise<void>;
  readonly progress?: Json;
}

const LOST = "the lease of this step has gone to another, or its operation has ended";

export const lost = (): Problem => new Problem("conflict", LOST);

/** The work is no longer wanted: somebody else does it, or nobody has to. */
export const isLost = (error: unknown): boolean => error instanceof Error && error.message === LOST;

export const startStep = (
  on: Sql,
  operationId: string,
  { step, event }: { readonly step: string; readonly event: StoredEvent | null },
  now: number,
): Promise<unknown> => {
  const state = event === null ? "fanned-out" : "ready";
  const leaseUntil = now + ARRIVAL_MS;
  return insertStep(on, { operationId, name: step, state, event, leaseUntil, now });
};

export const failOperation = async (
  on: Sql,
  id: string,
  problem: Problem,
  now: number,
): Promise<void> => {
  await setState(on, id, "failed", now);
  await on.write("update operation set problem = ? where id = ?", [JSON.stringify(problem), id]);
  await on.write(
    "update operation_step set state = 'failed', finished_at = ? where operation_id = ? and state <> 'done'",
    [now, id],
  );
  await record(on, id, now, "failed", { detail: problem.message });
};

export const writeProgress = (on: Sql, id: string, progress: Json): Promise<unknown> =>
  on.write("update operation set progress = ? where id = ?", [JSON.stringify(progress), id]);

const HELD = "operation_id = ? and name = ? and fence = ? and state = 'running'";

const endStep = async (on: Sql, { operation, step, fence }: Lease, now: number): Promise<void> => {
  const { affected } = await on.write(
    `update operation_step set state = 'done', finished_at = ? where ${HELD}`,
    [now, operation.id, step, fence],
  );
  if (affected === 0) throw lost();
  await record(on, operation.id, now, `${step}-done`);
};

const wait = async (on: Sql, lease: Lease, ms: number, now: number): Promise<void> => {
  const { operation, step, fence } = lease;
  const { affected } = await on.write(
    `update operation_step set state = 'waiting', wake_at = ?, attempts = 0 where ${HELD}`,
    [now + ms, operation.id, step, fence],
  );
  if (affected === 0) throw lost();
  // An operation that was paused meanwhile stays so.
  if (operation.state !== "paused") await setState(on, operation.id, "waiting", now);
};

const endStates = { succeed: "succeeded", cancel: "cancelled", undo: "undone" } as const;

const finish = async (
  on: Sql,
  id: string,
  { kind, result }: Extract<Outcome, { result: Json }>,
  now: number,
): Promise<void> => {
  const state = endStates[kind];
  await setState(on, id, state, now);
  await on.write("update operation set result = ? where id = ?", [JSON.stringify(result), id]);
  await record(on, id, now, state);
};

/** Answers the events that the transaction owes. */
export const applyOutcome = async (
  on: Sql,
  lease: Lease,
  outcome: Outcome,
  now: number,
): Promise<readonly StoredEvent[]> => {
  const { id } = lease.operation;
  if (outcome.kind === "wait") {
    await wait(on, lease, outcome.ms, now);
    await writeProgress(on, id, outcome.progress);
    return [];
  }
  if (outcome.kind === "fail") {
    await failOperation(on, id, outcome.problem, now);
    return [];
  }
  await endStep(on, lease, now);
  if ("result" in outcome) {
    await finish(on, id, outcome, now);
    return [];
  }
  await outcome.write?.(on);
  if (outcome.progress !== undefined) await writeProgress(on, id, outcome.progress);
  const event = outcome.kind === "next" ? outcome.event : null;
  await startStep(on, id, { step: outcome.step, event }, now);
  return outcome.kind === "next" ? [outcome.event] : outcome.events;
};
