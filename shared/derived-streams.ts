/**
 * The streams that derive article_read and be_read from the reads. They follow a bulk load row by
 * row at more than the load's own cost, so a large one makes these rows itself, and the streams pass
 * over them. Reading only to pass over costs, too, so meanwhile they stand still, and derive
 * what others have written as soon as the load has ended or rests.
 *
 * 1. A hold is a row in `global`, written before the load's first row and taken away once the
 *    streams have read past its last one: each row of it is derived by the load, each other one by
 *    the streams. Reads of a held load must neither be changed nor removed but by its own removal.
 * 2. Holds are written, and the streams told of them, under a lock: the streams pass over the loads
 *    that have a hold, and over no other. A stream's condition and its position survive all servers;
 *    that one runs while it need not does no harm.
 * 3. A load that ends otherwise than by success may have reads without their derived rows: these are
 *    made, and counted, before its hold goes. Doing any of it twice changes nothing.
 */
import streams from "../infra/schema/streams.json" with { type: "json" };
import type { DerivedCounts } from "./derived-counts.ts";
import { countMissing } from "./gtid-set.ts";
import { hasEnded, isLive, type OperationState } from "./operation-state.ts";
import { passedLoads, passLoads } from "./passed-loads.ts";
import { idsOf, quote } from "./split-sql.ts";
import { isDerived, readStreams, type StreamView } from "./split-view.ts";
import type { Sql, TransactionalSql } from "./sql.ts";
import type { Vtctld } from "./vtctld.ts";
import type { Workflow } from "./vtctld-workflows.ts";

export interface DerivedStreams {
  /** From now on the streams pass over the rows of this load; and they stand still. */
  hold(operationId: string): Promise<void>;
  /** All streams run, whoever holds them. */
  start(): Promise<void>;
  isHeld(operationId: string): Promise<boolean>;
  /**
   * Starts the streams, unless a load is at work, and takes the hold of one that has ended away if it
   * can go; false where the streams have yet to come so far.
   */
  release(operationId: string): Promise<boolean>;
  /** Holds of loads that have ended or rest, for the sweep. */
  forgotten(): Promise<string[]>;
}

export interface DerivedStreamsDeps {
  readonly global: TransactionalSql;
  readonly vtctld: Pick<
    Vtctld,
    "workflows" | "startWorkflow" | "materialize" | "shards" | "execute" | "steer"
  >;
  readonly counts: Pick<DerivedCounts, "add" | "forget">;
  readonly deriveMissing: (serial: number) => Promise<void>;
  /** Between two that are started: reading past a load keeps a server busy. */
  readonly rest?: () => Promise<unknown>;
  readonly now?: () => number;
}

const KEYSPACE = "tagenal";
const names = Object.keys(streams);
const queries: Readonly<Record<string, string>> = streams;
/** Longer than the lease of a chunk by this: whoever held it has then long been cut off. */
const SETTLED_MS = 5_000;

/** What has to be done so that all streams exist and run. Pure. */
export const decideStart = (
  found: readonly Workflow[],
): { readonly create: readonly string[]; readonly start: readonly string[] } => ({
  create: names.filter((name) => !found.some((workflow) => workflow.name === name)),
  start: found
    .filter(({ name, states }) => names.includes(name) && states.includes("Stopped"))
    .map(({ name }) => name),
});

/** By the name of a shard: all transactions that its primary had. */
export type Positions = Readonly<Record<string, string>>;

/** Whether streams have read all that the shards had at these positions. Pure. */
export const haveCome = (
  found: readonly Pick<StreamView, "from" | "state" | "position" | "isCopying">[],
  positions: Positions,
): boolean =>
  found.length > 0 &&
  found.every(
    ({ from, state, position, isCopying }) =>
      state === "Running" &&
      !isCopying &&
      countMissing(positions[from] ?? "", position.replace(/^MySQL56\//, "")) === 0,
  );

interface Hold {
  readonly serial: number;
  readonly state: OperationState;
  readonly positions: Positions | null;
}

interface Primary {
  readonly name: string;
  readonly alias: string;
}

const SELECT_HOLDS =
  "select o.serial, o.state, h.positions from stream_hold h join operation o on o.id = h.operation_id";

export const createDerivedStreams = (deps: DerivedStreamsDeps): DerivedStreams => {
  const { global, vtctld, counts, rest = async () => {}, now = Date.now } = deps;

  const create = async (missing: readonly string[]): Promise<void> => {
    for (const name of missing)
      await vtctld.materialize({ workflow: name, keyspace: KEYSPACE, query: queries[name] ?? "" });
  };

  const readPrimaries = async (): Promise<Primary[]> =>
    (await vtctld.shards(KEYSPACE))
      .filter(({ isServing }) => isServing)
      .map(({ name, primary }) => {
        if (primary === null) throw new Error(`${name} has no primary`);
        return { name, alias: primary };
      });

  const startAll = async (): Promise<void> => {
    const { start, create: missing } = decideStart(await vtctld.workflows(KEYSPACE));
    const shards = start.length === 0 ? [] : await readPrimaries();
    for (const name of start)
      for (const shard of shards) {
        await vtctld.startWorkflow(KEYSPACE, name, [shard.name]);
        await rest();
      }
    await create(missing);
  };

  const readDerived = async (primary: Primary): Promise<StreamView[]> =>
    (await readStreams(vtctld, primary)).filter(isDerived);

  /** A stream that is changed begins anew as it is then, where it was. */
  const pass = async (serials: readonly number[], isStopped: boolean): Promise<void> => {
    await Promise.all(
      (await readPrimaries()).map(async (primary) => {
        const found = (await readDerived(primary))
          .map((stream) => ({ ...stream, changed: passLoads(stream.source, serials) }))
          .filter(
            ({ source, changed, state }) =>
              changed !== source || (isStopped && state !== "Stopped"),
          );
        if (found.length === 0) return;
        const sources = found.map(({ id, changed }) => `when ${id} then ${quote(changed)}`);
        await vtctld.steer(
          primary.alias,
          `update _vt.vreplication set source = case id ${sources.join(" ")} end` +
            `${isStopped ? ", state = 'Stopped'" : ""} where id in (${idsOf(found)})`,
        );
      }),
    );
  };

  const readSerials = async (on: Sql): Promise<number[]> => {
    const rows = await on.query<{ serial: number }>(`${SELECT_HOLDS} order by o.serial for update`);
    return rows.map(({ serial }) => serial);
  };

  const readHold = async (operationId: string): Promise<Hold | undefined> =>
    (await global.query<Hold>(`${SELECT_HOLDS} where h.operation_id = ?`, [operationId]))[0];

  const isAnyAtWork = async (): Promise<boolean> =>
    (await global.query<Hold>(SELECT_HOLDS)).some(({ state }) => isLive(state));

  const isBeingLoaded = async (operationId: string): Promise<boolean> => {
    const rows = await global.query(
      "select 1 from load_chunk where operation_id = ? and state = 'running' and lease_until > ? limit 1",
      [operationId, now() - SETTLED_MS],
    );
    return rows.length > 0;
  };

  const readPositions = async (): Promise<Positions> => {
    const found = await Promise.all(
      (await readPrimaries()).map(async ({ name, alias }) => {
        const [row] = await vtctld.execute(alias, "select @@global.gtid_executed");
        return [name, (row?.[0] ?? "").replace(/\s/g, "")] as const;
      }),
    );
    return Object.fromEntries(found);
  };

  /** All rows of the load are derived and counted: notes where the streams have to come. */
  const settle = async (operationId: string, { serial, state }: Hold): Promise<void> => {
    if (state !== "succeeded") await deps.deriveMissing(serial);
    await counts.add(serial);
    const positions = await readPositions();
    await global.write(
      "update stream_hold set positions = ? where operation_id = ?",
      [JSON.stringify(positions), operationId],
      { harmless: true },
    );
  };

  /** Whether the streams have read past the load's last row. */
  const canGo = async (operationId: string, hold: Hold): Promise<boolean> => {
    const found = (await Promise.all((await readPrimaries()).map(readDerived))).flat();
    // Else they derive its rows already: its end was cut short, or nothing of it was ever passed.
    if (!found.some(({ source }) => passedLoads(source).includes(hold.serial))) return true;
    if (hold.positions !== null) return haveCome(found, hold.positions);
    await settle(operationId, hold);
    return false;
  };

  const end = async (operationId: string, serial: number): Promise<void> => {
    await counts.forget(serial);
    await global.transaction(async (on) => {
      const serials = await readSerials(on);
      await pass(
        serials.filter((one) => one !== serial),
        false,
      );
      await on.write("delete from stream_hold where operation_id = ?", [operationId]);
    });
  };

  return {
    hold: async (operationId) => {
      await create(decideStart(await vtctld.workflows(KEYSPACE)).create);
      await global.transaction(async (on) => {
        await on.write(
          "insert into stream_hold (operation_id, held_at) values (?, ?) on duplicate key update operation_id = operation_id",
          [operationId, now()],
        );
        await pass(await readSerials(on), true);
      });
    },
    start: startAll,
    isHeld: async (operationId) => (await readHold(operationId)) !== undefined,
    release: async (operationId) => {
      const hold = await readHold(operationId);
      if (hold === undefined) return true;
      if (await isAnyAtWork()) return false;
      await startAll();
      if (!hasEnded(hold.state) || (await isBeingLoaded(operationId))) return false;
      if (!(await canGo(operationId, hold))) return false;
      await end(operationId, hold.serial);
      return true;
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
