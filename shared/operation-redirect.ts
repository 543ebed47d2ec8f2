/**
 * Turns a live operation to another end: whatever it was about to do is given up, and a step of
 * another kind follows, all in one transaction. Who still works on one of the old steps finds its
 * lease gone.
 */
import type { StoredEvent } from "./emit.ts";
import { type Json, lockOperation, type Operation, record, setState } from "./operation-rows.ts";
import { hasEnded } from "./operation-state.ts";
import type { Outbox } from "./outbox.ts";
import { Problem } from "./problem.ts";
import type { Sql, TransactionalSql } from "./sql.ts";
import { startStep, writeProgress } from "./step-outcome.ts";

export interface Redirection {
  readonly step: string;
  readonly event: StoredEvent;
  /** Shown to those who ask for the operation. */
  readonly phase: string;
  /** What else is kept of it. */
  readonly progress?: Json;
  /** Takes back what is under way besides the steps. */
  give?(up: Sql): Promise<void>;
}

export type Redirect = (id: string, redirection: Redirection) => Promise<Operation>;

export interface RedirectDeps {
  readonly db: TransactionalSql;
  readonly outbox: Pick<Outbox, "put" | "deliver">;
  readonly now?: () => number;
}

export const createRedirect =
  ({ db, outbox, now = Date.now }: RedirectDeps): Redirect =>
  async (id, { step, event, phase, progress: kept = {}, give }) => {
    const operation = await db.transaction(async (transaction) => {
      const found = await lockOperation(transaction, id);
      if (hasEnded(found.state))
        throw new Problem("conflict", `cannot take back an operation that is ${found.state}`);
      const taken = await transaction.query(
        "select 1 from operation_step where operation_id = ? and name = ?",
        [id, step],
      );
      // Asked for twice: it is under way.
      if (taken.length > 0) return found;
      const at = now();
      await transaction.write(
        "update operation_step set state = 'failed', fence = fence + 1, finished_at = ? where operation_id = ? and state <> 'done'",
        [at, id],
      );
      await give?.(transaction);
      await setState(transaction, id, "running", at);
      const progress = { ...found.progress, ...kept, phase };
      await writeProgress(transaction, id, progress);
      await record(transaction, id, at, phase);
      await startStep(transaction, id, { step, event }, at);
      await outbox.put(transaction, [event], at);
      return { ...found, state: "running" as const, progress, updatedAt: at };
    });
    await outbox.deliver([event]);
    return operation;
  };
