/**
 * Defines a function that receives CloudEvents. The status is the retry policy of the broker:
 *
 * 1. done: 202. Answered only after the handler has finished.
 * 2. never to be mended by a retry: 400 for what is no CloudEvent, 422 for an unknown type, unfit
 *    data, and for `not-found`, because 404 would be retried.
 * 3. to be tried again: 409 busy, 429 overload, 503 dependency down, and 500 for anything unknown.
 *
 * The same event may come twice; handlers are idempotent.
 */
import type { Contract } from "#events/contract.ts";
import { type Attributes, parseCloudEvent } from "./cloud-event.ts";
import { isProblem, Problem } from "./problem.ts";
import { type Request, serve } from "./serve.ts";

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

const receive = async (
  { method, headers, body }: Request,
  handlers: readonly EventHandler[],
): Promise<void> => {
  if (method !== "POST")
    throw new Problem("method-not-allowed", "events are posted", { headers: { allow: "POST" } });
  const { attributes, data } = parseCloudEvent(headers as Record<string, string>, body);
  const event = toReceived(attributes, data);
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
      throw toFinal(error);
    }
    return { status: 202 };
  });
};
