/**
 * Keeps what a Trigger could not deliver, with the reason, so that somebody can look at it. Nothing
 * else has to be done: events are wake-ups, and the sweep wakes again whatever is not done.
 */
import type { Received } from "#shared/event-function.ts";
import { defineCounter } from "#shared/metrics.ts";
import type { Sql } from "#shared/sql.ts";

const LONGEST_ERROR = 60_000;
const LONGEST_NAME = 255;

const deadLetters = defineCounter(
  "tagenal_dead_letters_total",
  "Events that could not be delivered, by the status that the function answered last.",
);

export const createKeepDeadLetter =
  ({ db, now = Date.now }: { readonly db: Sql; readonly now?: () => number }) =>
  async (event: Received<unknown>): Promise<void> => {
    const { knativeerrorcode: code, knativeerrordata: data } = event.extensions;
    await db.write(
      "insert into dead_letter (source, id, type, event, error_code, error_data, received_at) " +
        "values (?, ?, ?, ?, ?, ?, ?) on duplicate key update id = id",
      [
        event.source.slice(0, LONGEST_NAME),
        event.id.slice(0, LONGEST_NAME),
        event.type.slice(0, LONGEST_NAME),
        JSON.stringify(event),
        code === undefined || !/^\d{1,9}$/.test(code) ? null : Number(code),
        data === undefined ? null : Buffer.from(data).subarray(0, LONGEST_ERROR).toString(),
        now(),
      ],
      { harmless: true },
    );
    deadLetters({ type: event.type, code: code ?? "none" });
  };
