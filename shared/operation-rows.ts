/**
 * The rows of operations, their steps and their history, as statements. Whoever changes an
 * operation's state holds its row (`lockOperation`) until the transaction ends.
 */
import type { StoredEvent } from "./emit.ts";
import { hasEnded, type OperationState } from "./operation-state.ts";
import { Problem } from "./problem.ts";
import type { Sql } from "./sql.ts";

export type Json = Readonly<Record<string, unknown>>;

export interface Operation {
  readonly id: string;
  readonly serial: number;
  readonly kind: string;
  readonly state: OperationState;
  readonly request: Json;
  readonly progress: Json;
  readonly result: Json | null;
  readonly problem: Json | null;
  readonly askedBy: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export const OPERATION_COLUMNS =
  "id, serial, kind, state, request, progress, result, problem, asked_by as askedBy, " +
  "created_at as createdAt, updated_at as updatedAt";

export const record = (
  on: Sql,
  operationId: string,
  at: number,
  fact: string,
  detail: Json | null = null,
): Promise<unknown> =>
  on.write("insert into operation_history (operation_id, at, fact, detail) values (?, ?, ?, ?)", [
    operationId,
    at,
    fact,
    detail === null ? null : JSON.stringify(detail),
  ]);

/** A step with its event, which is on its way from now on. */
export const insertStep = (
  on: Sql,
  step: {
    readonly operationId: string;
    readonly name: string;
    readonly state: "ready" | "fanned-out";
    readonly event: StoredEvent | null;
    readonly leaseUntil: number;
    readonly now: number;
  },
): Promise<unknown> =>
  on.write(
    "insert into operation_step (operation_id, name, state, event, lease_until, created_at, started_at) " +
      "values (?, ?, ?, ?, ?, ?, ?)",
    [
      step.operationId,
      step.name,
      step.state,
      JSON.stringify(step.event),
      step.leaseUntil,
      step.now,
      step.state === "fanned-out" ? step.now : null,
    ],
  );

export const findOperation = async (on: Sql, id: string, lock = ""): Promise<Operation> => {
  const [operation] = await on.query<Operation>(
    `select ${OPERATION_COLUMNS} from operation where id = ?${lock}`,
    [id],
  );
  if (operation === undefined) throw new Problem("not-found", `there is no operation ${id}`);
  return operation;
};

/** Locks the operation's row until the transaction ends: its state and its steps change together. */
export const lockOperation = (transaction: Sql, id: string): Promise<Operation> =>
  findOperation(transaction, id, " for update");

export const setState = (
  on: Sql,
  id: string,
  state: OperationState,
  now: number,
): Promise<unknown> =>
  on.write(
    `update operation set state = ?, updated_at = ?${hasEnded(state) ? ", lock_name = null" : ""} where id = ?`,
    [state, now, id],
  );

/** When each step began and ended, in milliseconds. */
export type StepTimes = Readonly<
  Record<string, { readonly startedAt: number; readonly finishedAt: number | null }>
>;

export const readStepTimes = async (on: Sql, operationId: string): Promise<StepTimes> => {
  const rows = await on.query<{ name: string; startedAt: number; finishedAt: number | null }>(
    "select name, coalesce(started_at, created_at) as startedAt, finished_at as finishedAt " +
      "from operation_step where operation_id = ?",
    [operationId],
  );
  return Object.fromEntries(rows.map(({ name, ...times }) => [name, times]));
};

/** Live operations with a step that is done in parts, oldest first. */
export const readFannedOut = (
  on: Sql,
  limit: number,
): Promise<{ operationId: string; kind: string }[]> =>
  on.query(
    "select o.id as operationId, o.kind from operation o join operation_step s on s.operation_id = o.id " +
      "where s.state = 'fanned-out' and o.state in ('planned', 'running', 'waiting') " +
      "order by o.serial limit ?",
    [limit],
  );

/** Operations that have not ended. */
export const readBusy = (
  on: Sql,
): Promise<Pick<Operation, "id" | "kind" | "request" | "progress">[]> =>
  on.query(
    "select id, kind, request, progress from operation where state in ('planned', 'running', 'waiting', 'paused')",
  );

/** The details of a fact in an operation's history, in the order in which they were recorded. */
export const readFacts = async (on: Sql, operationId: string, fact: string): Promise<Json[]> => {
  const rows = await on.query<{ detail: Json | null }>(
    "select detail from operation_history where operation_id = ? and fact = ? order by at",
    [operationId, fact],
  );
  return rows.flatMap(({ detail }) => (detail === null ? [] : [detail]));
};
