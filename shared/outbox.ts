/**
 * Events that a transaction owes to the broker.
 *
 * 1. `put` writes them in the transaction that makes them true; `deliver` sends them after its
 *    commit and forgets those that the broker accepted.
 * 2. What was not sent (a crash, a broker that is down) stays and is sent by `sweep`. An event may
 *    therefore arrive twice.
 */
import type { Send, StoredEvent } from "./emit.ts";
import type { Sql, TransactionalSql } from "./sql.ts";

export interface Outbox {
  put(transaction: Sql, events: readonly StoredEvent[], now: number): Promise<void>;
  /** Never throws: the sweep sends what it could not. */
  deliver(events: readonly StoredEvent[]): Promise<void>;
  /** Sends events older than `before`, oldest first; how many it sent. */
  sweep(before: number, limit: number): Promise<number>;
}

export interface OutboxDeps {
  readonly db: TransactionalSql;
  readonly send: Send;
  readonly onUnsent: (error: unknown, event: StoredEvent) => void;
}

export const createOutbox = ({ db, send, onUnsent }: OutboxDeps): Outbox => {
  const deliverOne = async (event: StoredEvent): Promise<boolean> => {
    try {
      await send(event);
      await db.write("delete from outbox where id = ?", [event.id], { harmless: true });
      return true;
    } catch (error) {
      onUnsent(error, event);
      return false;
    }
  };
  return {
    put: async (transaction, events, now) => {
      for (const event of events)
        await transaction.write("insert into outbox (id, event, created_at) values (?, ?, ?)", [
          event.id,
          JSON.stringify(event),
          now,
        ]);
    },
    deliver: async (events) => {
      await Promise.all(events.map(deliverOne));
    },
    sweep: async (before, limit) => {
      const rows = await db.query<{ event: StoredEvent }>(
        "select event from outbox where created_at < ? order by created_at limit ?",
        [before, limit],
      );
      let sent = 0;
      // A broker that refuses one is down: the others can wait for the next sweep.
      for (const { event } of rows) {
        if (!(await deliverOne(event))) break;
        sent += 1;
      }
      return sent;
    },
  };
};
