/** What a function that works on operations is put together from. */
import { createSend, type StoredEvent, toStoredEvent } from "./emit.ts";
import { createLog, type Log } from "./log.ts";
import { createRedirect, type Redirect } from "./operation-redirect.ts";
import { createSteps, type Steps } from "./operation-steps.ts";
import { createOperations, type Operations } from "./operations.ts";
import { createOutbox, type Outbox } from "./outbox.ts";
import type { TransactionalSql } from "./sql.ts";
import { createWorkOnStep, type WorkOnStep } from "./work-on-step.ts";

export interface OperationKit {
  readonly operations: Operations;
  readonly redirect: Redirect;
  readonly steps: Steps;
  readonly outbox: Outbox;
  readonly workOnStep: WorkOnStep;
  /** Makes an event that comes from this function, without sending it. */
  readonly toEvent: ToEvent;
  /** Sends one; where the broker does not accept it, the sweep makes up for it later. */
  readonly sendSoon: (event: StoredEvent) => Promise<void>;
  readonly log: Log;
}

export type ToEvent = <T>(
  contract: Parameters<typeof toStoredEvent<T>>[1],
  event: Parameters<typeof toStoredEvent<T>>[2],
) => StoredEvent;

export const createOperationKit = (
  name: string,
  { db, sink }: { readonly db: TransactionalSql; readonly sink: string },
): OperationKit => {
  const log = createLog(name);
  const send = createSend(sink);
  const onUnsent = (err: unknown, { type, id }: StoredEvent): void =>
    log.warn({ err, type, id }, "an event was not sent; the sweep will send it");
  const outbox = createOutbox({ db, send, onUnsent });
  const operations = createOperations({ db, outbox });
  const redirect = createRedirect({ db, outbox });
  const steps = createSteps({ db, operations, outbox });
  return {
    operations,
    redirect,
    steps,
    outbox,
    workOnStep: createWorkOnStep(steps, log),
    toEvent: (contract, event) => toStoredEvent(`/functions/${name}`, contract, event),
    sendSoon: (event) => send(event).catch((error: unknown) => onUnsent(error, event)),
    log,
  };
};
