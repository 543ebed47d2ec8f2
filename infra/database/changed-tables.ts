/**
 * Tables whose definition has changed since a cluster was made: each change is made once, to the
 * shards' primaries, whose replicas follow. Doing it again changes nothing.
 */
import { toAlias } from "#shared/tablet-alias.ts";
import { isPrimary, type TabletRecord } from "./homes.ts";
import type { Vtctl } from "./vtctl.ts";

export type Keyspace = "global" | "tagenal";

interface TableChange {
  readonly keyspace: Keyspace;
  readonly table: string;
  /** Found in the definition of a table that has it. */
  readonly sign: string;
  readonly sql: string;
}

const changes: readonly TableChange[] = [
  {
    keyspace: "tagenal",
    table: "article_read",
    sign: "PRIMARY KEY (`home`,`uid`,`reader_home`,`id`)",
    sql: "alter table article_read drop primary key, add primary key (home, uid, reader_home, id)",
  },
  {
    keyspace: "tagenal",
    table: "article_read",
    sign: "KEY `by_time` (`timestamp`,`read_or_not`,`aid`)",
    sql: "alter table article_read add key by_time (timestamp, read_or_not, aid)",
  },
  {
    keyspace: "global",
    table: "load_chunk",
    sign: "`article_shard`",
    sql: "alter table load_chunk add column article_shard varchar(40) not null default ''",
  },
  {
    keyspace: "global",
    table: "stream_hold",
    sign: "`positions`",
    sql: "alter table stream_hold add column positions json",
  },
];

interface Schema {
  readonly table_definitions?: readonly { readonly name: string; readonly schema: string }[];
}

/** Pure: what is missing in tables with these definitions. */
export const findMissing = (definitions: ReadonlyMap<string, string>): readonly TableChange[] =>
  changes.filter(({ table, sign }) => definitions.get(table)?.includes(sign) === false);

export const changeTables = async (vtctl: Vtctl, keyspace: Keyspace): Promise<void> => {
  const own = changes.filter((change) => change.keyspace === keyspace);
  const tablets = JSON.parse(
    await vtctl("GetTablets", "--keyspace", keyspace, "--format", "json"),
  ) as TabletRecord[];
  const missing = new Map<string, string>();
  for (const { alias } of tablets.filter(isPrimary)) {
    const names = [...new Set(own.map(({ table }) => table))].join(",");
    const text = await vtctl("GetSchema", "--tables", names, toAlias(alias.cell, alias.uid));
    const { table_definitions: found = [] } = JSON.parse(text) as Schema;
    const definitions = new Map(found.map(({ name, schema }) => [name, schema]));
    for (const { sign, sql } of findMissing(definitions)) missing.set(sign, sql);
  }
  for (const sql of missing.values()) await vtctl("ApplySchema", "--sql", sql, keyspace);
};
