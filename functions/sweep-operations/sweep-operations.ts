/**
 * Makes up for whatever was lost: events that a transaction owes and nobody sent, steps whose time
 * has come or whose lease has run out, chunks that fell out of their lane, and streams that a load
 * stopped and did not live to start. Each tick does a bounded amount; doing it twice, or by two at once, changes nothing but the number of events.
 */
import type { DerivedStreams } from "#shared/derived-streams.ts";
import type { StoredEvent } from "#shared/emit.ts";
import type { LoadDriver } from "#shared/load-driver.ts";
import type { Steps } from "#shared/operation-steps.ts";
import type { Outbox } from "#shared/outbox.ts";

export interface SweepOperationsDeps {
  readonly outbox: Pick<Outbox, "sweep">;
  readonly steps: Pick<Steps, "due">;
  readonly send: (event: StoredEvent) => Promise<void>;
  /** Operations with a step that is done in parts, oldest first. */
  readonly fannedOut: (limit: number) => Promise<{ operationId: string; kind: string }[]>;
  /** By kind of operation. */
  readonly drivers: Readonly<Record<string, Pick<LoadDriver, "advance">>>;
  readonly streams: Pick<DerivedStreams, "forgotten" | "release">;
  /** The event that any row may have changed. */
  readonly toChanged: () => StoredEvent;
  /** Forgets Idempotency-Keys that are out of date. */
  readonly forgetKeys: (now: number) => Promise<void>;
  readonly noteBacklog: (now: number) => Promise<void>;
  readonly now?: () => number;
}

/** An event younger than this is on its way through whoever wrote it. */
const UNSENT_MS = 2_000;
const LIMIT = 100;

export const createSweepOperations = (deps: SweepOperationsDeps) => async (): Promise<void> => {
  const { outbox, steps, send, fannedOut, drivers, streams, now = Date.now } = deps;
  await outbox.sweep(now() - UNSENT_MS, LIMIT);
  await Promise.all((await steps.due(LIMIT)).map(send));
  for (const { operationId, kind } of await fannedOut(LIMIT))
    await drivers[kind]?.advance(operationId);
  for (const operationId of await streams.forgotten()) {
    await streams.release(operationId);
    await send(deps.toChanged());
  }
  await deps.forgetKeys(now());
  await deps.noteBacklog(now());
};
