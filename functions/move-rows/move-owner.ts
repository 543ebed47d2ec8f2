/**
 * Moves a user with her reads, or an article, to the home that another region or category gives it.
 *
 * 1. One transaction copies the rows under the new home, points the directory there and deletes the
 *    old ones, so that nobody sees one of these without the others. Shards commit in the order in
 *    which it touches them: copies, directory, originals.
 * 2. A commit that ends between two shards leaves a row twice, never none. The next attempt mends
 *    it: while the directory names the old home, the copies go; afterwards the originals.
 * 3. Done already is success. One move of a key is under way at a time.
 */
import type { DirectoryName } from "#shared/directory.ts";
import { directories } from "#shared/directory.ts";
import type { WantedMove } from "#shared/moves.ts";
import { toOwnerStatements } from "#shared/owner-rows.ts";
import { type PlacementMap, placement, placingField, slot } from "#shared/placement.ts";
import { Problem } from "#shared/problem.ts";
import type { Sql, SqlValue, TransactionalSql } from "#shared/sql.ts";
import { type Table, tables } from "#shared/tables.ts";

export interface MoveOwnerDeps {
  readonly tagenal: TransactionalSql;
  readonly placement: () => Promise<PlacementMap>;
}

/** Answers the home where it lies now. */
export type MoveOwner = (wanted: WantedMove) => Promise<bigint>;

/** The owner's own table first: what hangs on it lies under the same home and key. */
const moving: Readonly<Record<DirectoryName, readonly Table[]>> = {
  users: [tables.users, tables.reads],
  articles: [tables.articles],
};

interface Copying {
  readonly name: DirectoryName;
  readonly key: number;
  readonly from: bigint;
  readonly home: bigint;
  readonly to: string;
}

const copy = async (on: Sql, { name, key, from, home, to }: Copying): Promise<void> => {
  for (const table of moving[name]) {
    const isPlacing = (field: string): boolean =>
      table === tables[name] && field === placingField[name];
    const changed = table.columns.filter(
      ({ column, field }) => column === "home" || isPlacing(field),
    );
    const names = table.columns.map(({ column }) => column).join(", ");
    const values = table.columns.map((column) => (changed.includes(column) ? "?" : column.column));
    await on.write(
      `INSERT INTO ${table.table} (${names}, load_id) SELECT ${values.join(", ")}, load_id FROM ${table.table} WHERE home = ? AND ${directories[name].key} = ?`,
      [...changed.map(({ column }): SqlValue => (column === "home" ? home : to)), from, key],
    );
  }
};

const drop = async (
  on: Sql,
  { name, key }: Pick<WantedMove, "key"> & { readonly name: DirectoryName },
  home: bigint,
): Promise<void> => {
  for (const { table } of moving[name])
    await on.write(`DELETE FROM ${table} WHERE home = ? AND ${directories[name].key} = ?`, [
      home,
      key,
    ]);
};

export const createMoveOwner =
  ({ tagenal, placement: readMap }: MoveOwnerDeps): MoveOwner =>
  async ({ table: name, key, from: oldHome, to }) => {
    const sql = toOwnerStatements(name);
    const from = BigInt(oldHome);
    const home = placement(await readMap(), name, to, key);
    const label = `${directories[name].key} ${key}`;

    const entryOf = async (on: Pick<Sql, "query">): Promise<bigint> => {
      const [entry] = await on.query<{ home: string }>(sql.entry, [slot(key), key]);
      if (entry !== undefined) return BigInt(entry.home);
      throw new Problem("unprocessable", `${label} is not there any more`);
    };

    const flip = async (on: Sql): Promise<void> => {
      await drop(on, { name, key }, home);
      if ((await entryOf(on)) !== from) throw new Problem("unavailable", `${label} was just moved`);
      const [row] = await on.query(`${sql.read} FOR UPDATE`, [from, key]);
      if (row === undefined) throw new Problem("unprocessable", `${label} is not there any more`);
      await copy(on, { name, key, from, home, to });
      await on.write(sql.moveEntry, [home, slot(key), key]);
      await drop(on, { name, key }, from);
    };

    const entry = await entryOf(tagenal);
    if (entry !== from && entry !== home)
      throw new Problem("conflict", `${label} was moved elsewhere meanwhile`);
    if (entry !== home) await tagenal.transaction(flip);
    else if (from !== home) await tagenal.transaction((on) => drop(on, { name, key }, from));
    return home;
  };
