/**
 * Operations: durable jobs in keyspace `global`. Here they are created, read and controlled; their
 * steps are worked on in shared/operation-steps.ts.
 *
 * An operation, its first step and its first event are written in one transaction, so that an
 * answer of 202 can be relied on. Events are wake-ups: the rows are the truth.
 */
import { randomUUID } from "node:crypto";
import type { StoredEvent } from "./emit.ts";
import {
  findOperation,
  insertStep,
  type Json,
  lockOperation,
  OPERATION_COLUMNS,
  type Operation,
  record,
  setState,
} from "./operation-rows.ts";
import { type Control, decideControl } from "./operation-state.ts";
import type { Outbox } from "./outbox.ts";
import { Problem } from "./problem.ts";
import type { SqlValue, TransactionalSql } from "./sql.ts";
import { isDuplicateKey } from "./sql-error.ts";

export interface NewOperation {
  readonly kind: string;
  readonly request: Json;
  /** What only one unfinished operation may work on. */
  readonly lockName: string | null;
  readonly askedBy: string;
  readonly step: string;
  /** The wake-up for its first step. */
  readonly toEvent: (operationId: string) => StoredEvent;
}

export interface ListQuery {
  readonly kind?: string;
  readonly state?: string;
  readonly limit: number;
  /** Those before this serial: the newest come first. */
  readonly before?: number;
}

/** Something that happened without being asked for, kept for the history. */
export interface Happening {
  readonly kind: string;
  readonly request: Json;
  readonly result: Json;
  readonly by: string;
}

export interface Operations {
  /** Keeps what has happened as an operation that has succeeded. */
  note(happening: Happening): Promise<void>;
  /** Where another unfinished operation holds the lock, that one is the answer. */
  create(wanted: NewOperation): Promise<{ operation: Operation; isNew: boolean }>;
  get(id: string): Promise<Operation>;
  list(query: ListQuery): Promise<Operation[]>;
  control(id: string, control: Control): Promise<Operation>;
}

export interface OperationsDeps {
  readonly db: TransactionalSql;
  readonly outbox: Outbox;
  readonly now?: () => number;
}

const insertOperation = async (
  db: TransactionalSql,
  outbox: Outbox,
  wanted: NewOperation,
  now: number,
): Promise<{ id: string; event: StoredEvent }> => {
  const id = randomUUID();
  const event = wanted.toEvent(id);
  await db.transaction(async (transaction) => {
    await transaction.write(
      "insert into operation (id, kind, state, request, progress, asked_by, lock_name, created_at, updated_at) " +
        "values (?, ?, 'planned', ?, '{}', ?, ?, ?, ?)",
      [id, wanted.kind, JSON.stringify(wanted.request), wanted.askedBy, wanted.lockName, now, now],
    );
    await insertStep(transaction, {
      operationId: id,
      name: wanted.step,
      state: "ready",
      event,
      leaseUntil: now,
      now,
    });
    await record(transaction, id, now, "requested", { by: wanted.askedBy });
    await outbox.put(transaction, [event], now);
  });
  return { id, event };
};

export const noteHappening = async (
  db: TransactionalSql,
  { kind, request, result, by }: Happening,
  at: number,
): Promise<void> => {
  const id = randomUUID();
  await db.transaction(async (transaction) => {
    await transaction.write(
      "insert into operation (id, kind, state, request, progress, result, asked_by, created_at, updated_at) " +
        "values (?, ?, 'succeeded', ?, '{}', ?, ?, ?, ?)",
      [id, kind, JSON.stringify(request), JSON.stringify(result), by, at, at],
    );
    await record(transaction, id, at, "succeeded", { by });
  });
};

const toConditions = ({
  kind,
  state,
  before,
}: ListQuery): { where: string; values: SqlValue[] } => {
  const pairs: [string, SqlValue | undefined][] = [
    ["kind = ?", kind],
    ["state = ?", state],
    ["serial < ?", before],
  ];
  const given = pairs.filter(([, value]) => value !== undefined);
  return {
    where: given.length === 0 ? "" : ` where ${given.map(([text]) => text).join(" and ")}`,
    values: given.map(([, value]) => value ?? null),
  };
};

export const createOperations = ({ db, outbox, now = Date.now }: OperationsDeps): Operations => {
  const findByLock = async (lockName: string | null): Promise<Operation | undefined> => {
    const sql = `select ${OPERATION_COLUMNS} from operation where lock_name = ?`;
    return (await db.query<Operation>(sql, [lockName]))[0];
  };
  return {
    note: (happening) => noteHappening(db, happening, now()),
    create: async (wanted) => {
      try {
        const { id, event } = await insertOperation(db, outbox, wanted, now());
        await outbox.deliver([event]);
        return { operation: await findOperation(db, id), isNew: true };
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        const operation = await findByLock(wanted.lockName);
        // It ended between the two statements: the caller's next try will find the way free.
        if (operation === undefined)
          throw new Problem("conflict", "another operation has just ended; try again");
        return { operation, isNew: false };
      }
    },
    get: (id) => findOperation(db, id),
    list: ({ limit, ...query }) => {
      const { where, values } = toConditions({ limit, ...query });
      return db.query<Operation>(
        `select ${OPERATION_COLUMNS} from operation${where} order by serial desc limit ?`,
        [...values, limit],
      );
    },
    control: (id, control) =>
      db.transaction(async (transaction) => {
        const operation = await lockOperation(transaction, id);
        const state = decideControl(operation.state, control);
        if (state === undefined)
          throw new Problem(
            "conflict",
            `cannot ${control} an operation that is ${operation.state}`,
          );
        const at = now();
        await setState(transaction, id, state, at);
        await record(transaction, id, at, state === "running" ? "resumed" : state);
        return { ...operation, state, updatedAt: at };
      }),
  };
};
