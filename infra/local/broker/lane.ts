/**
 * The events on their way to one subscriber: so many attempts at a time, so many events in all.
 * An event that waits for its next attempt holds no place, so that it does not hold up others;
 * order is not promised.
 */
import type { Dispatcher } from "undici";
import type { ParsedEvent } from "#shared/cloud-event.ts";
import { defineCounter, defineDurations, secondsSince } from "#shared/metrics.ts";
import { createSlots } from "../slots.ts";
import { attempt, backoffMs, type Failure, type Outcome } from "./delivery.ts";
import type { Delivery } from "./topology.ts";

export interface LaneSettings {
  readonly dispatcher: Dispatcher;
  /** In metrics. */
  readonly name: string;
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
  /** Seconds since the oldest of them was accepted; 0 where there is none. */
  readonly oldestSeconds: number;
  readonly delivered: number;
  readonly retried: number;
  readonly failed: number;
}

const attempts = defineDurations(
  "tagenal_broker_attempt_duration_seconds",
  "One attempt to deliver an event, waiting for its place included.",
);
const deliveries = defineCounter(
  "tagenal_broker_deliveries_total",
  "Events that are done with: delivered, or failed and given up.",
);
const retries = defineCounter("tagenal_broker_retries_total", "Attempts after a failed one.");

export const createLane = (settings: LaneSettings): Lane => {
  const { name: trigger, dispatcher, url, delivery, concurrency, capacity } = settings;
  const slots = createSlots(concurrency);
  const stats = { delivered: 0, retried: 0, failed: 0 };
  /** When each was accepted, the oldest first. */
  const pending = new Map<symbol, number>();
  const oldestSeconds = (): number => {
    const [oldest] = pending.values();
    return oldest === undefined ? 0 : secondsSince(oldest);
  };

  const tryOnce = async (
    event: ParsedEvent,
    settle: (outcome: Outcome) => Outcome,
  ): Promise<Failure | undefined> => {
    const startedAt = performance.now();
    const release = await slots.take();
    try {
      const outcome = settle(await attempt(dispatcher, url, event, delivery.timeoutMs));
      const failure = "failure" in outcome ? outcome.failure : undefined;
      const status = String(failure?.status ?? "ok");
      attempts(secondsSince(startedAt), { trigger, status });
      return failure;
    } finally {
      release();
    }
  };

  const send: Lane["send"] = async (event, settle) => {
    for (let retry = 0; ; retry += 1) {
      const failure = await tryOnce(event, settle);
      if (failure === undefined || failure.isFinal || retry >= delivery.retry) return failure;
      stats.retried += 1;
      retries({ trigger });
      // Does not keep the process alive: what waits is dropped when the broker ends.
      await new Promise((resolve) => setTimeout(resolve, backoffMs(delivery, retry)).unref());
    }
  };

  return {
    url,
    isFull: () => pending.size >= capacity,
    send: async (event, settle) => {
      const key = Symbol();
      pending.set(key, performance.now());
      const failure = await send(event, settle);
      pending.delete(key);
      const outcome = failure === undefined ? "delivered" : "failed";
      stats[outcome] += 1;
      deliveries({ trigger, outcome });
      return failure;
    },
    stats: () => ({ ...stats, pending: pending.size, oldestSeconds: oldestSeconds() }),
  };
};
