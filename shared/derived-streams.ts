/**
 * The streams that derive article_read and be_read from the reads. While they follow a bulk load
 * row by row they cost more than the load itself, so a large one holds them.
 *
 * 1. A hold is a row in `global`, written before anything is stopped and taken away after everything
 *    is started: as long as it is there, somebody (the load's end or the sweep) will start them.
 * 2. Where there are no reads yet, the streams are removed and made anew at the end: copying what is
 *    there is several times cheaper than following it. Otherwise they are only stopped, and catch
 *    up: copying would begin with empty tables, and callers would see counts too low.
 * 3. Doing any of it twice changes nothing.
 */
import streams from "../infra/schema/streams.json" with { type: "json" };
import type { Sql, TransactionalSql } from "./sql.ts";
import type { VtctldWorkflows, Workflow } from "./vtctld-workflows.ts";

export interface DerivedStreams {
  hold(operationId: string): Promise<void>;
  release(operationId: string): Promise<void>;
  /** Holds of operations that are not live, for the sweep. */
  forgotten(): Promise<string[]>;
}

export interface DerivedStreamsDeps {
  readonly global: TransactionalSql;
  readonly tagenal: Sql;
  readonly vtctld: Pick<
    VtctldWorkflows,
    "workflows" | "stopWorkflow" | "startWorkflow" | "deleteWorkflow" | "materialize"
  >;
  readonly now?: () => number;
}

const KEYSPACE = "tagenal";
const names = Object.keys(streams);
const queries: Readonly<Record<string, string>> = streams;

/** What has to be done so that all streams exist and run. Pure. */
export const decideStart = (
  found: readonly Workflow[],
): { readonly create: readonly string[]; readonly start: readonly string[] } => ({
  create: names.filter((name) => !found.some((workflow) => workflow.name === name)),
  start: found
    .filter(({ name, states }) => names.includes(name) && states.includes("Stopped"))
    .map(({ name }) => name),
});

export const createDerivedStreams = ({
  global,
  tagenal,
  vtctld,
  now = Date.now,
}: DerivedStreamsDeps): DerivedStreams => {
  const isEmpty = async (): Promise<boolean> => {
    for (const table of ["user_read", ...names])
      if ((await tagenal.query(`select 1 from ${table} limit 1`)).length > 0) return false;
    return true;
  };
  const findOwn = async (): Promise<Workflow[]> =>
    (await vtctld.workflows(KEYSPACE)).filter(({ name }) => names.includes(name));
  const startAll = async (): Promise<void> => {
    const { create, start } = decideStart(await findOwn());
    for (const name of start) await vtctld.startWorkflow(KEYSPACE, name);
    for (const name of create)
      await vtctld.materialize({ workflow: name, keyspace: KEYSPACE, query: queries[name] ?? "" });
  };
  /** True where there is nothing to start: no hold of this operation, or others hold as well. */
  const giveUp = (operationId: string): Promise<boolean> =>
    global.transaction(async (transaction) => {
      const holds = await transaction.query<{ operationId: string }>(
        "select operation_id as operationId from stream_hold for update",
      );
      const isHeld = holds.some((hold) => hold.operationId === operationId);
      if (!isHeld || holds.length === 1) return !isHeld;
      await transaction.write("delete from stream_hold where operation_id = ?", [operationId]);
      return true;
    });
  const isHeld = async (operationId: string): Promise<boolean> => {
    const rows = await global.query("select 1 from stream_hold where operation_id = ?", [
      operationId,
    ]);
    return rows.length > 0;
  };
  const startUnheld = async (): Promise<void> => {
    if ((await global.query("select 1 from stream_hold limit 1")).length === 0) await startAll();
  };
  return {
    hold: async (operationId) => {
      await global.write(
        "insert into stream_hold (operation_id, held_at) values (?, ?) on duplicate key update operation_id = operation_id",
        [operationId, now()],
        { harmless: true },
      );
      const found = await findOwn();
      // Stopped before looking: what is derived cannot change between the look and the removal.
      for (const { name } of found) await vtctld.stopWorkflow(KEYSPACE, name);
      // Cancelled meanwhile, and released by the sweep: nobody else would start what was stopped late.
      if (!(await isHeld(operationId))) return startUnheld();
      if (!(await isEmpty())) return;
      for (const { name } of found) await vtctld.deleteWorkflow(KEYSPACE, name);
    },
    release: async (operationId) => {
      if (await giveUp(operationId)) return;
      await startAll();
      await global.write("delete from stream_hold where operation_id = ?", [operationId], {
        harmless: true,
      });
      // Another may have held, stopped and left the start to us since ours began.
      await startUnheld();
    },
    forgotten: async () => {
      const rows = await global.query<{ operationId: string }>(
        "select h.operation_id as operationId from stream_hold h join operation o on o.id = h.operation_id " +
          "where o.state not in ('planned', 'running', 'waiting')",
      );
      return rows.map(({ operationId }) => operationId);
    },
  };
};
