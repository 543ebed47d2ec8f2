/**
 * Users and articles: the rows that own a key, which is unique over all shards.
 *
 * 1. The directory entry is what makes a key unique. It is written first, in one transaction with
 *    its row, so that whoever else wants the key waits until both are there or neither is.
 * 2. The two may lie on different shards, whose commits are not one: the entry's comes first. An
 *    entry without its row was left by a writer that died, and is taken over, once nobody can be
 *    about to write that row: a locking read waits for a commit under way, and an unfinished load,
 *    which writes entries ahead of its rows, is waited for.
 * 3. Locks are taken in the order entry, row. Who needs the row first lets go of it in between.
 */
import type { Cell } from "./checksum.ts";
import { type DirectoryName, directories } from "./directory.ts";
import { readHeldLoads } from "./held-loads.ts";
import { toColumns, toOwnerStatements, toRow, toSum, toUpdate } from "./owner-rows.ts";
import { type PlacementMap, placement, placingField, slot } from "./placement.ts";
import { Problem } from "./problem.ts";
import { createHomes } from "./query-home.ts";
import { retry } from "./retry.ts";
import type { RowFields } from "./row-schema.ts";
import type { Row, Sql, SqlValue, TransactionalSql } from "./sql.ts";
import { isPassingProblem } from "./sql-error.ts";
import { tables } from "./tables.ts";
import { transactOnce } from "./transact-once.ts";

export interface OwnersDeps {
  readonly tagenal: TransactionalSql;
  readonly global: Pick<Sql, "query">;
  /** The map in force now, not one that was kept. */
  readonly placement: () => Promise<PlacementMap>;
}

/** Throws where the row is not in the state that the caller wants to change. */
export type Check = (row: Row) => void;

export interface Owners {
  read(key: number): Promise<Row | undefined>;
  /** `isRepeat`: the same row, if it is there, is this writer's own. */
  create(fields: RowFields, isRepeat: boolean): Promise<void>;
  /**
   * Changes fields that do not place the row; undefined where there is none. `isGuarded`: only if
   * nobody changes it in between.
   */
  change(key: number, changes: RowFields, options: ChangeOptions): Promise<Row | undefined>;
  /** Removes the row and what hangs on it; false where there is none. */
  remove(key: number, check: Check): Promise<boolean>;
}

export interface ChangeOptions {
  readonly check: Check;
  readonly isGuarded: boolean;
}

interface Entering {
  readonly home: bigint;
  readonly isAgain: boolean;
}

const UNFINISHED_LOAD_SQL =
  "SELECT 1 FROM operation WHERE kind = 'load' AND state NOT IN ('succeeded', 'failed', 'cancelled', 'undone') LIMIT 1";

export const hasUnfinishedLoad = async (global: Pick<Sql, "query">): Promise<boolean> =>
  (await global.query(UNFINISHED_LOAD_SQL)).length > 0;

/** `dependents`: tables whose rows go with an owner, under the same home and key. */
export const createOwners = (
  { tagenal, global, placement: readMap }: OwnersDeps,
  name: DirectoryName,
  dependents: readonly string[] = [],
): Owners => {
  const table = tables[name];
  const { key } = directories[name];
  const sql = toOwnerStatements(name);
  const homes = createHomes(tagenal, directories[name]);

  const readRow = async (on: Pick<Sql, "query">, home: bigint, id: number, lock = "") => {
    const [row] = await on.query(`${sql.read}${lock}`, [home, id]);
    return row;
  };

  const refuseTaken = (id: number): Problem =>
    new Problem("conflict", `there is a ${table.table} with ${key} ${id} already`, { field: key });

  /** Makes an entry that is there point at `home`, unless a row lies where it points. */
  const takeOver = async (on: Sql, row: Row, { home, isAgain }: Entering): Promise<boolean> => {
    const id = Number(row[key]);
    const [entry] = await on.query<{ home: string }>(sql.entry, [slot(id), id]);
    if (entry === undefined) throw new Problem("unavailable", `${key} ${id} was just removed`);
    const found = await readRow(on, BigInt(entry.home), id, " FOR UPDATE");
    if (found !== undefined) {
      if (isAgain && toSum(table, found) === toSum(table, row)) return false;
      throw refuseTaken(id);
    }
    if (await hasUnfinishedLoad(global))
      throw new Problem("conflict", `${key} ${id} may belong to a load that has not ended`, {
        field: key,
      });
    if (BigInt(entry.home) !== home) await on.write(sql.moveEntry, [home, slot(id), id]);
    return true;
  };

  const enter = async (on: Sql, row: Row, { home, isAgain }: Entering): Promise<void> => {
    const id = Number(row[key]);
    const { affected } = await on.write(sql.enter, [slot(id), id, home]);
    const isFree = affected === 1 || (await takeOver(on, row, { home, isAgain }));
    if (!isFree) return;
    const values = table.columns.map(
      ({ column, kind }): SqlValue => (kind === "home" ? home : (row[column] as Cell)),
    );
    await on.write(sql.insert, values);
  };

  /** Drops the entry of a key that has no row. */
  const forget = async (id: number): Promise<void> =>
    tagenal.transaction(async (on) => {
      const [entry] = await on.query<{ home: string }>(sql.entry, [slot(id), id]);
      if (entry === undefined) return;
      if ((await readRow(on, BigInt(entry.home), id, " FOR UPDATE")) !== undefined) return;
      // A load may have written it for a row to come; alone it does no harm.
      if (await hasUnfinishedLoad(global)) return;
      await on.write(sql.dropEntry, [slot(id), id]);
    });

  /** The streams would pass over it as well, and its reads would count for ever. */
  const checkUnheld = async (on: Sql, home: bigint, id: number): Promise<void> => {
    const serials = await readHeldLoads(global);
    if (serials.length === 0) return;
    for (const dependent of dependents) {
      const rows = await on.query(
        `SELECT 1 FROM ${dependent} WHERE home = ? AND ${key} = ? AND load_id IN (?) LIMIT 1`,
        [home, id, serials],
      );
      if (rows.length > 0)
        throw new Problem("conflict", `${key} ${id} has rows of a load that has not ended`, {
          field: key,
        });
    }
  };

  const removeAt = async (home: bigint, id: number, check: Check): Promise<true | undefined> =>
    tagenal.transaction(async (on) => {
      const row = await readRow(on, home, id, " FOR UPDATE");
      if (row === undefined) return undefined;
      check(row);
      if (dependents.length > 0) await checkUnheld(on, home, id);
      for (const dependent of dependents)
        await on.write(`DELETE FROM ${dependent} WHERE home = ? AND ${key} = ?`, [home, id]);
      await on.write(sql.drop, [home, id]);
      return true;
    });

  const update = async (row: Row, changes: Row, isGuarded: boolean): Promise<void> => {
    const id = [BigInt(String(row["home"])), Number(row[key])];
    const values = [...(Object.values(changes) as Cell[]), ...id];
    const seen = isGuarded ? [BigInt(`0x${toSum(table, row)}`)] : [];
    const statement = toUpdate(name, Object.keys(changes), isGuarded);
    await tagenal.write(statement, [...values, ...seen], { harmless: true });
  };

  return {
    read: (id) => homes.find(id, (home) => readRow(tagenal, home, id)),
    create: async (fields, isRepeat) => {
      const id = Number(fields[key]);
      const home = placement(await readMap(), name, String(fields[placingField[name]]), id);
      const row = toRow(table, fields, home);
      await transactOnce(tagenal, isRepeat, (on, isAgain) => enter(on, row, { home, isAgain }));
    },
    change: async (id, changes, { check, isGuarded }) =>
      homes.find(id, async (home) => {
        const row = await readRow(tagenal, home, id);
        if (row === undefined) return undefined;
        check(row);
        const columns = toColumns(table, changes);
        await update(row, columns, isGuarded);
        const after = await readRow(tagenal, home, id);
        const wanted = toSum(table, { ...row, ...columns });
        // Changed by somebody else in between: it is no longer what the caller has seen.
        if (isGuarded && after !== undefined && toSum(table, after) !== wanted) check(after);
        return after;
      }),
    remove: async (id, check) => {
      let attempts = 0;
      const removed = await retry(
        async () => {
          attempts += 1;
          return homes.find(id, (home) => removeAt(home, id, check));
        },
        { attempts: 6, isPassing: isPassingProblem },
      );
      await forget(id);
      return removed === true || attempts > 1;
    },
  };
};
