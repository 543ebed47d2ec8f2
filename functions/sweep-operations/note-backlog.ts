/**
 * Tells as metrics how much is not done yet: events that nobody has sent, operations that have not
 * ended, and steps that somebody should have taken by now. As each tick finds it.
 */
import { defineGauge, isMeasuring } from "#shared/metrics.ts";
import type { Sql } from "#shared/sql.ts";

const outboxEvents = defineGauge("tagenal_outbox_events", "Events that are not sent yet.");
const outboxOldest = defineGauge("tagenal_outbox_oldest_seconds", "Age of the oldest of them.");
const operations = defineGauge("tagenal_operations", "Operations that have not ended.");
const oldest = defineGauge("tagenal_operation_oldest_seconds", "Age of the oldest of them.");
const late = defineGauge(
  "tagenal_operation_late_seconds",
  "For how long the step that is most overdue has waited for somebody to take it.",
);

interface Unsent {
  readonly count: number;
  readonly oldest: number | null;
}

interface Unended {
  readonly kind: string;
  readonly state: string;
  readonly count: number;
  readonly oldest: number;
}

interface Due {
  readonly kind: string;
  readonly since: number;
}

/** Paused operations wait for nobody. */
const DUE =
  "select o.kind, min(if(s.state = 'waiting', s.wake_at, s.lease_until)) as since " +
  "from operation_step s join operation o on o.id = s.operation_id " +
  "where o.state in ('planned', 'running', 'waiting') and s.state in ('waiting', 'ready', 'running') " +
  "group by o.kind";

/** In seconds, times in milliseconds since 1970. */
const ageOf = (at: number, now: number): number => Math.max(0, (now - at) / 1_000);

export const createNoteBacklog =
  (db: Pick<Sql, "query">) =>
  async (now: number): Promise<void> => {
    if (!isMeasuring()) return;
    const [[unsent], unended, due] = await Promise.all([
      db.query<Unsent>("select count(*) as count, min(created_at) as oldest from outbox"),
      db.query<Unended>(
        "select kind, state, count(*) as count, min(created_at) as oldest from operation " +
          "where state in ('planned', 'running', 'waiting', 'paused') group by kind, state",
      ),
      db.query<Due>(DUE),
    ]);
    const first = unsent?.oldest ?? null;
    outboxEvents([{ labels: {}, value: unsent?.count ?? 0 }]);
    outboxOldest([{ labels: {}, value: first === null ? 0 : ageOf(first, now) }]);
    const labelled = (toValue: (row: Unended) => number) =>
      unended.map((row) => ({ labels: { kind: row.kind, state: row.state }, value: toValue(row) }));
    operations(labelled(({ count }) => count));
    oldest(labelled((row) => ageOf(row.oldest, now)));
    late(due.map(({ kind, since }) => ({ labels: { kind }, value: ageOf(since, now) })));
  };
