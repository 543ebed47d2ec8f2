/**
 * Enters users or articles into their directory. An entry that names another home is a conflict if
 * a row lies there; if none does, it was left by a load that failed, and is corrected.
 */
import { type DirectoryName, directories } from "#shared/directory.ts";
import type { Row } from "#shared/row-parser.ts";
import type { Sql } from "#shared/sql.ts";
import { tables } from "#shared/tables.ts";
import { type DirectoryEntry, insertEntries, toEntries } from "./insert-sql.ts";

export interface DirectorySessions {
  /** Entries by the session that reaches the shard of their slot. */
  group(entries: readonly DirectoryEntry[]): Promise<Map<Sql, DirectoryEntry[]>>;
  /** Any row of the keyspace. */
  readonly anywhere: Sql;
}

const findOthers = async (
  sql: Sql,
  name: DirectoryName,
  entries: readonly DirectoryEntry[],
): Promise<{ entry: DirectoryEntry; stored: string }[]> => {
  const { table, key } = directories[name];
  const rows = await sql.query<{ key: number; home: string }>(
    `select ${key} as \`key\`, home from ${table} where slot in (?)`,
    [entries.map((entry) => entry.slot)],
  );
  const homes = new Map(rows.map((row) => [row.key, row.home]));
  return entries.flatMap((entry) => {
    const stored = homes.get(entry.key);
    return stored === undefined || stored === entry.home ? [] : [{ entry, stored }];
  });
};

/** Answers the keys that belong to a row elsewhere. */
const enter = async (
  { anywhere }: DirectorySessions,
  sql: Sql,
  name: DirectoryName,
  entries: readonly DirectoryEntry[],
): Promise<number[]> => {
  const { affected } = await sql.write(insertEntries(name, entries), [], { harmless: true });
  if (affected === entries.length) return [];
  const others = await findOthers(sql, name, entries);
  if (others.length === 0) return [];
  const { table, key } = directories[name];
  // Locking, because it then waits for whoever has written the entry and is about to commit the row.
  const rows = await anywhere.query<{ key: number }>(
    `select ${key} as \`key\` from \`${tables[name].table}\` where home in (?) for update`,
    [others.map(({ stored }) => stored)],
  );
  const real = new Set(rows.map((row) => row.key));
  for (const { entry, stored } of others) {
    if (real.has(entry.key)) continue;
    await sql.write(
      `update ${table} set home = ? where slot = ? and ${key} = ? and home = ?`,
      [entry.home, entry.slot, entry.key, stored],
      { harmless: true },
    );
  }
  return others.map(({ entry }) => entry.key).filter((entered) => real.has(entered));
};

/** Enters these rows; answers the keys that belong to a row under another home. */
export const insertDirectory = async (
  sessions: DirectorySessions,
  name: DirectoryName,
  rows: readonly Row[],
): Promise<ReadonlySet<number>> => {
  const groups = await sessions.group(toEntries(rows));
  const taken = await Promise.all(
    [...groups].map(([sql, entries]) => enter(sessions, sql, name, entries)),
  );
  return new Set(taken.flat());
};
