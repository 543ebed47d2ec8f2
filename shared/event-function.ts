/**
 * Defines a function that receives CloudEvents. The status is the retry policy of the broker:
 *
 * 1. done: 202. Answered only after the handler has finished.
 * 2. never to be mended by a retry: 400 for what is no CloudEvent, 422 for an unknown type, unfit
 *    data, and for `not-found`, because 404 would be retried.
 * 3. to be tried again: 409 busy, 429 overload, 503 dependency down, and 500 for anything unknown.
 *
 * Whatever goes wrong is said in at most 768 bytes: see LONGEST_PROBLEM_BYTES.
 *
 * The same event may come twice; handlers are idempotent.
 */
import type { Contract } from "#events/contract.ts";
import { type Attributes, parseCloudEvent } from "./cloud-event.ts";
import { isProblem, Problem } from "./problem.ts";
import { type Request, serve } from "./serve.ts";
import { tellSubject } from "./subject.ts";

export interface Received<T> {
  readonly source: string;
  readonly id: string;
  readonly subject?: string;
  readonly type: string;
  readonly time?: string;
  /** What the event carries beyond the standard, such as knativeerrorcode on a dead letter. */
  readonly extensions: Readonly<Record<string, string>>;
  readonly data: T;
}

export interface EventHandler {
  /** Undefined takes every type that no other handler takes. */
  readonly type: string | undefined;
  receive(event: Received<unknown>): Promise<void>;
}

export const onEvent = <T>(
  contract: Contract<T>,
  handle: (event: Received<T>) => Promise<void>,
): EventHandler => ({
  type: contract.type,
  receive: (event) => handle({ ...event, data: contract.parse(event.data) }),
});

/** For the few that take events whatever they are, such as dead letters. */
export const onAnyEvent = (handle: (event: Received<unknown>) => Promise<void>): EventHandler => ({
  type: undefined,
  receive: handle,
});

const toReceived = (attributes: Attributes, data: unknown): Received<unknown> => {
  const {
    specversion: _specversion,
    datacontenttype: _datacontenttype,
    dataschema: _dataschema,
    id = "",
    source = "",
    type = "",
    subject,
    time,
    ...extensions
  } = attributes;
  return {
    source,
    id,
    type,
    extensions,
    data,
    ...(subject === undefined ? {} : { subject }),
    ...(time === undefined ? {} : { time }),
  };
};

const isUnfitData = (error: unknown): error is Error & { field: string } =>
  error instanceof Error && error.name === "UnfitData" && "field" in error;

const toFinal = (error: unknown): unknown => {
  if (isUnfitData(error))
    return new Problem("unprocessable", error.message, { field: error.field, cause: error });
  if (isProblem(error) && error.code === "not-found")
    return new Problem("unprocessable", error.message, { cause: error, extra: error.extra });
  return error;
};

/**
 * Knative keeps the answer to a failed delivery in base64, in 1,024 characters of the dead letter. Of
 * a longer one its in-memory channel dies (eventing 0.50 writes past its buffer), with all events
 * that it holds.
 */
const LONGEST_PROBLEM_BYTES = 768;

const fits = (problem: Problem): boolean =>
  Buffer.byteLength(JSON.stringify(problem)) <= LONGEST_PROBLEM_BYTES;

/** The log has all of it: it is the cause. */
const shorten = (problem: Problem): Problem => {
  const { code, message, field, headers } = problem;
  let shorter = problem;
  for (let length = 512; length >= 1 && !fits(shorter); length /= 2) {
    const about = field === undefined ? {} : { field: field.slice(0, 80) };
    const options = { ...about, headers, cause: problem };
    shorter = new Problem(code, `${message.slice(0, length)}…`, options);
  }
  return shorter;
};

/** Wherever an event is about an operation, its data names it so. */
const operationOf = (data: unknown): { operationId?: string } => {
  const { operationId } = (data ?? {}) as { operationId?: unknown };
  return typeof operationId === "string" ? { operationId } : {};
};

const receive = async (
  { method, headers, body }: Request,
  handlers: readonly EventHandler[],
): Promise<void> => {
  if (method !== "POST")
    throw new Problem("method-not-allowed", "events are posted", { headers: { allow: "POST" } });
  const { attributes, data } = parseCloudEvent(headers as Record<string, string>, body);
  const event = toReceived(attributes, data);
  tellSubject({ eventType: event.type, eventId: event.id, ...operationOf(data) });
  const handler =
    handlers.find(({ type }) => type === event.type) ??
    handlers.find(({ type }) => type === undefined);
  if (handler === undefined)
    throw new Problem("unprocessable", `nothing here takes events of type ${event.type}`, {
      field: "type",
    });
  await handler.receive(event);
};

export const defineEventFunction = (name: string, handlers: readonly EventHandler[]): void => {
  serve(name, async (request) => {
    try {
      await receive(request, handlers);
    } catch (error) {
      const final = toFinal(error);
      throw isProblem(final) ? shorten(final) : final;
    }
    return { status: 202 };
  });
};
