/** The statements with which a split changes VReplication's own tables. */
import type { StreamView } from "./split-view.ts";

/** As whom servers copy each other's data; on a shard that is there from the start others make it. */
export const CLONE_USER = [
  "create user if not exists 'vt_clone'@'%'",
  "grant backup_admin on *.* to 'vt_clone'@'%'",
];

export const quote = (text: string): string =>
  `'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;

export const idsOf = (streams: readonly StreamView[]): string =>
  streams.map(({ id }) => id).join(", ");

/** A stream like one that was parked, at its position, for another part of the key range. */
export const adoptionSql = (stream: StreamView, on: string, database: string): string => {
  const source = stream.source.replaceAll(`'${stream.on}'`, `'${on}'`);
  const known =
    `select 1 from _vt.vreplication where db_name = ${quote(database)} ` +
    // How Vitess writes a source down changes; shards alone stand in such quotes there.
    `and workflow = ${quote(stream.workflow)} and source like ${quote(`%"${stream.from}"%`)}`;
  return (
    "insert into _vt.vreplication (workflow, source, pos, max_tps, max_replication_lag, cell, " +
    "tablet_types, time_updated, transaction_timestamp, state, db_name, workflow_type, " +
    "workflow_sub_type, defer_secondary_keys, options) " +
    `select ${quote(stream.workflow)}, ${quote(source)}, ${quote(stream.position)}, ` +
    "9223372036854775807, 9223372036854775807, '', 'in_order:REPLICA,PRIMARY', unix_timestamp(), " +
    // The first of its numbers: its type, Materialize.
    `0, 'Stopped', ${quote(database)}, 0, 0, 0, '{}' from dual where not exists (${known})`
  );
};
