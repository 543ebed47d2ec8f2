/**
 * Spares writers the second that MySQL sleeps when a primary hands over. Before it ends, it turns
 * semi-sync off, and the thread that reads the replicas' acknowledgements looks only once a second
 * whether it is to stop, unless something comes from one of them. No write comes any more by then; the
 * end of a connection does. It is that of a replica that is not to become primary: it has to follow
 * another from now on anyway.
 */
import type { Vtctld } from "./vtctld.ts";

export interface HandOver {
  /** Alias of the primary. */
  readonly from: string;
  /** Alias of the next one. */
  readonly to: string;
}

/** Others who read the binlog, such as Vitess's streams, say no uuid of theirs. */
const findOthers = (uuid: string): string =>
  "select distinct t.processlist_id from performance_schema.threads as t " +
  "join performance_schema.user_variables_by_thread as v on v.thread_id = t.thread_id " +
  `where v.variable_name in ('replica_uuid', 'slave_uuid') and v.variable_value <> '${uuid}' ` +
  "and exists (select 1 from performance_schema.threads as s " +
  "where s.processlist_info like 'SET GLOBAL rpl_semi_sync%')";

/** To be called again and again while it hands over; does nothing but once, at the right moment. */
export const createWakeAcknowledger = (
  { execute }: Pick<Vtctld, "execute">,
  { from, to }: HandOver,
): (() => Promise<void>) => {
  let uuid: string | undefined;
  let isDone = false;
  return async () => {
    if (isDone) return;
    uuid ??= (await execute(to, "select @@global.server_uuid"))[0]?.[0] ?? undefined;
    if (uuid === undefined) return;
    const others = await execute(from, findOthers(uuid));
    isDone = others.length > 0;
    for (const [id] of others) await execute(from, `kill ${id}`);
  };
};
