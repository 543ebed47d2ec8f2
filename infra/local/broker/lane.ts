/**
 * The events on their way to one subscriber: so many attempts at a time, so many events in all.
 * An event that waits for its next attempt holds no place, so that it does not hold up others;
 * order is not promised.
 */
import type { Dispatcher } from "undici";
import type { ParsedEvent } from "#shared/cloud-event.ts";
import { createSlots } from "../slots.ts";
import { attempt, backoffMs, type Failure, type Outcome } from "./delivery.ts";
import type { Delivery } from "./topology.ts";

export interface LaneSettings {
  readonly dispatcher: Dispatcher;
  readonly url: string;
  readonly delivery: Delivery;
  readonly concurrency: number;
  readonly capacity: number;
}

export interface Lane {
  readonly url: string;
  isFull(): boolean;
  /** Settles once the event is delivered or given up; `settle` may turn success into failure. */
  send(event: ParsedEvent, settle: (outcome: Outcome) => Outcome): Promise<Failure | undefined>;
  stats(): LaneStats;
}

export interface LaneStats {
  readonly pending: number;
  readonly delivered: number;
  readonly retried: number;
  readonly failed: number;
}

export const createLane = (settings: LaneSettings): Lane => {
  const { dispatcher, url, delivery, concurrency, capacity } = settings;
  const slots = createSlots(concurrency);
  const stats = { pending: 0, delivered: 0, retried: 0, failed: 0 };

  const tryOnce = async (
    event: ParsedEvent,
    settle: (outcome: Outcome) => Outcome,
  ): Promise<Failure | undefined> => {
    const release = await slots.take();
    try {
      const outcome = settle(await attempt(dispatcher, url, event, delivery.timeoutMs));
      return "failure" in outcome ? outcome.failure : undefined;
    } finally {
      release();
    }
  };

  const send: Lane["send"] = async (event, settle) => {
    for (let retry = 0; ; retry += 1) {
      const failure = await tryOnce(event, settle);
      if (failure === undefined || failure.isFinal || retry >= delivery.retry) return failure;
      stats.retried += 1;
      // Does not keep the process alive: what waits is dropped when the broker ends.
      await new Promise((resolve) => setTimeout(resolve, backoffMs(delivery, retry)).unref());
    }
  };

  return {
    url,
    isFull: () => stats.pending >= capacity,
    send: async (event, settle) => {
      stats.pending += 1;
      const failure = await send(event, settle);
      stats.pending -= 1;
      stats[failure === undefined ? "delivered" : "failed"] += 1;
      return failure;
    },
    stats: () => ({ ...stats }),
  };
};
