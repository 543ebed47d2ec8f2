/**
 * Working on a step of an operation: one bounded, idempotent piece of work under a lease.
 *
 * 1. Whoever takes a step gets a fence one higher than the last; every write names it, so that one
 *    who was away for too long changes nothing any more.
 * 2. What a step ends with (the next step, its parts, a result, a time to wait until) is written in
 *    one transaction with its end.
 * 3. Where the lease has gone to another, or the operation has ended, `end` throws what `isLost`
 *    knows.
 */
import type { StoredEvent } from "./emit.ts";
import { type Json, lockOperation, record } from "./operation-rows.ts";
import {
  ARRIVAL_MS,
  decideTake,
  hasEnded,
  isLive,
  LEASE_MS,
  MAX_ATTEMPTS,
  type StepView,
} from "./operation-state.ts";
import type { Operations } from "./operations.ts";
import type { Outbox } from "./outbox.ts";
import { Problem } from "./problem.ts";
import type { Sql, TransactionalSql } from "./sql.ts";
import {
  applyOutcome,
  failOperation,
  type Lease,
  lost,
  type Outcome,
  type StepAndEvent,
  startStep,
} from "./step-outcome.ts";

export interface Steps {
  /** Undefined where there is nothing to do: it is done, held by another, or paused. */
  take(operationId: string, step: string): Promise<Lease | undefined>;
  /** False when the lease has gone to another or the operation has ended. */
  renew(lease: Lease, progress?: Json): Promise<boolean>;
  end(lease: Lease, outcome: Outcome): Promise<void>;
  /** Gives the step back for another try. */
  release(lease: Lease, problem: Problem): Promise<void>;
  /** Ends a fanned-out step whose parts are all done. False where it was ended before. */
  join(operationId: string, step: string, next: StepAndEvent): Promise<boolean>;
  /** Fails the operation. False where it had ended. */
  fail(operationId: string, problem: Problem): Promise<boolean>;
  /** Wake-ups of steps that nobody works on though they are due. Each is then due later again. */
  due(limit: number): Promise<StoredEvent[]>;
}

export interface StepsDeps {
  readonly db: TransactionalSql;
  readonly operations: Pick<Operations, "get">;
  readonly outbox: Outbox;
  readonly now?: () => number;
}

interface StepRow extends StepView {
  readonly fence: number;
  readonly detail: Json | null;
}

interface DueRow {
  readonly operationId: string;
  readonly name: string;
  readonly fence: number;
  readonly event: StoredEvent;
}

const readStep = async (
  db: TransactionalSql,
  operationId: string,
  step: string,
): Promise<StepRow | undefined> => {
  const [row] = await db.query<StepRow>(
    "select s.state, s.fence, s.attempts, s.lease_until as leaseUntil, s.wake_at as wakeAt, " +
      "s.detail, o.state as operationState " +
      "from operation_step s join operation o on o.id = s.operation_id " +
      "where s.operation_id = ? and s.name = ?",
    [operationId, step],
  );
  return row;
};

const toGiveUp = (step: string, last: Json | null): Problem =>
  new Problem("internal", `${step} was begun ${MAX_ATTEMPTS} times without an end`, {
    extra: last === null ? {} : { last },
  });

export const createSteps = ({ db, operations, outbox, now = Date.now }: StepsDeps): Steps => {
  const fail = (operationId: string, problem: Problem): Promise<boolean> =>
    db.transaction(async (transaction) => {
      const operation = await lockOperation(transaction, operationId);
      if (hasEnded(operation.state)) return false;
      await failOperation(transaction, operationId, problem, now());
      return true;
    });

  const claim = async (id: string, step: string, { fence }: StepRow): Promise<boolean> => {
    const { affected } = await db.write(
      "update operation_step set state = 'running', fence = fence + 1, attempts = attempts + 1, " +
        "lease_until = ?, started_at = coalesce(started_at, ?) " +
        "where operation_id = ? and name = ? and fence = ? and state in ('ready', 'running', 'waiting')",
      [now() + LEASE_MS, now(), id, step, fence],
    );
    return affected === 1;
  };

  const extend = async (on: Sql, { operation, step, fence }: Lease): Promise<boolean> => {
    const { affected } = await on.write(
      "update operation_step set lease_until = ? where operation_id = ? and name = ? and fence = ? and state = 'running'",
      [now() + LEASE_MS, operation.id, step, fence],
    );
    return affected === 1;
  };

  /** Those found due are marked as on their way, so that two sweeps do not both send them. */
  const markSent = async ({ operationId, name, fence }: DueRow): Promise<boolean> => {
    const { affected } = await db.write(
      "update operation_step set state = 'ready', fence = fence + 1, lease_until = ? " +
        "where operation_id = ? and name = ? and fence = ?",
      [now() + ARRIVAL_MS, operationId, name, fence],
    );
    return affected === 1;
  };

  return {
    take: async (operationId, step) => {
      const row = await readStep(db, operationId, step);
      if (row === undefined) return undefined;
      const decision = decideTake(row, now());
      if (decision === "give-up") await fail(operationId, toGiveUp(step, row.detail));
      if (decision !== "take" || !(await claim(operationId, step, row))) return undefined;
      if (row.operationState !== "running") {
        await db.write(
          "update operation set state = 'running', updated_at = ? where id = ? and state in ('planned', 'waiting')",
          [now(), operationId],
        );
      }
      return { operation: await operations.get(operationId), step, fence: row.fence + 1 };
    },
    renew: async (lease, progress) => {
      if (progress === undefined) return extend(db, lease);
      // Together, or who took the step away meanwhile would find his own progress written over.
      return db.transaction(async (transaction) => {
        const { id } = await lockOperation(transaction, lease.operation.id);
        if (!(await extend(transaction, lease))) return false;
        await transaction.write("update operation set progress = ?, updated_at = ? where id = ?", [
          ...[JSON.stringify(progress), now(), id],
        ]);
        return true;
      });
    },
    end: async (lease, outcome) => {
      const events = await db.transaction(async (transaction) => {
        const operation = await lockOperation(transaction, lease.operation.id);
        if (hasEnded(operation.state)) throw lost();
        const owed = await applyOutcome(transaction, { ...lease, operation }, outcome, now());
        // A paused operation wakes nobody; the sweep does once it is resumed.
        if (!isLive(operation.state)) return [];
        await outbox.put(transaction, owed, now());
        return owed;
      });
      await outbox.deliver(events);
    },
    release: async ({ operation, step, fence }, problem) => {
      await db.write(
        "update operation_step set state = 'ready', lease_until = ?, detail = ? " +
          "where operation_id = ? and name = ? and fence = ? and state = 'running'",
        [now() + ARRIVAL_MS, JSON.stringify(problem), operation.id, step, fence],
      );
    },
    join: async (operationId, step, next) => {
      const event = await db.transaction(async (transaction) => {
        const operation = await lockOperation(transaction, operationId);
        const { affected } = await transaction.write(
          "update operation_step set state = 'done', finished_at = ? " +
            "where operation_id = ? and name = ? and state = 'fanned-out'",
          [now(), operationId, step],
        );
        if (affected === 0 || hasEnded(operation.state)) return undefined;
        await record(transaction, operationId, now(), `${step}-done`);
        await startStep(transaction, operationId, next, now());
        await outbox.put(transaction, [next.event], now());
        return next.event;
      });
      if (event !== undefined) await outbox.deliver([event]);
      return event !== undefined;
    },
    fail,
    due: async (limit) => {
      const rows = await db.query<DueRow>(
        "select s.operation_id as operationId, s.name, s.fence, s.event " +
          "from operation_step s join operation o on o.id = s.operation_id " +
          "where o.state in ('planned', 'running', 'waiting') and " +
          "(s.state = 'waiting' and s.wake_at <= ? or s.state in ('ready', 'running') and s.lease_until < ?) " +
          "order by s.lease_until limit ?",
        [now(), now(), limit],
      );
      const events: StoredEvent[] = [];
      for (const row of rows) if (await markSent(row)) events.push(row.event);
      return events;
    },
  };
};
