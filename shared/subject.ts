/**
 * What the request in hand is about, for its log lines, its span and its metrics: known only once
 * its route is found or its event read. Names and ids alone: nothing that a user wrote.
 */
import { type Context, context, createContextKey } from "@opentelemetry/api";

export interface Subject {
  /** As declared, such as /v1/users/:uid; what a caller asked for may name people. */
  readonly route?: string;
  readonly eventType?: string;
  readonly eventId?: string;
  readonly operationId?: string;
}

const KEY = createContextKey("what the request in hand is about");

/** A context in which `tellSubject` is heard. */
export const withSubject = (parent: Context): Context => parent.setValue(KEY, {});

export const currentSubject = (): Subject | undefined =>
  context.active().getValue(KEY) as Subject | undefined;

export const tellSubject = (subject: Subject): void => {
  const told = currentSubject();
  if (told !== undefined) Object.assign(told, subject);
};
