/**
 * CloudEvents 1.0 over HTTP, both modes, with what the SDK leaves to its caller:
 *
 * 1. it invents a missing id, specversion and time, and takes an unreadable time for now;
 * 2. it knows only a few spellings of a content type;
 * 3. it does not percent-code header values, without which they are ASCII only;
 * 4. it widens each byte of data_base64 to 32 bits.
 */
import { type CloudEvent, HTTP } from "cloudevents";
import { Problem } from "./problem.ts";

export type Headers = Readonly<Record<string, string | undefined>>;
export type Attributes = Readonly<Record<string, string>>;

/** An event taken apart: context attributes with extensions, and its data as it came. */
export interface ParsedEvent {
  readonly attributes: Attributes;
  /** Parsed JSON where the content is JSON, else text or a Buffer. */
  readonly data: unknown;
}

const REQUIRED = ["specversion", "id", "source", "type"] as const;
const STRUCTURED = "application/cloudevents+json";

const refuse = (detail: string, field?: string, cause?: unknown): Problem =>
  new Problem("invalid-request", `not a CloudEvent: ${detail}`, {
    ...(field === undefined ? {} : { field }),
    cause,
  });

const mediaType = (headers: Headers): string =>
  (headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";

const isJsonType = (type: string): boolean => type === "application/json" || type.endsWith("+json");

/** Text that is no valid encoding stands for itself: not every sender encodes. */
const decodeHeader = (value: string): string => {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
};

/** As the HTTP binding says: space, double quote, percent and all but printable ASCII. */
const encodeHeader = (value: string): string =>
  value.replace(/[^!-~]|["%]/gu, (character) =>
    character === "%" ? "%25" : encodeURIComponent(character),
  );

const fromHeaders = (headers: Headers): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name, value]) => name.startsWith("ce-") && value !== undefined)
      .map(([name, value]) => [name.slice(3), decodeHeader(value ?? "")]),
  );

const checkRequired = (context: Record<string, unknown>): void => {
  for (const name of REQUIRED) {
    const value = context[name];
    if (typeof value !== "string" || value === "") throw refuse(`${name} is missing`, name);
  }
  const { specversion, time } = context;
  if (specversion !== "1.0") throw refuse(`specversion is ${specversion}, not 1.0`, "specversion");
  if (time !== undefined && (typeof time !== "string" || Number.isNaN(Date.parse(time))))
    throw refuse(`time is not a timestamp: ${time}`, "time");
};

/** The SDK's own checks of the rest: types of attributes, names of extensions, URIs. */
const validate = (headers: Record<string, string>, body: unknown): CloudEvent<unknown> => {
  try {
    // A batch comes as an array, but none gets here.
    const event = HTTP.toEvent({ headers, body }) as CloudEvent<unknown>;
    event.validate();
    return event;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw refuse(reason.replaceAll(/\s+/g, " ").slice(0, 500), undefined, cause);
  }
};

const toAttributes = (event: CloudEvent<unknown>, given: Record<string, unknown>): Attributes =>
  Object.fromEntries(
    Object.entries(event)
      .filter(([name, value]) => value !== undefined && name !== "data" && name !== "data_base64")
      // The SDK adds a time of its own; an event without one stays without.
      .filter(([name]) => name !== "time" || given["time"] !== undefined)
      .map(([name, value]) => [name, String(value)]),
  );

const parseStructured = (body: unknown): ParsedEvent => {
  if (typeof body !== "object" || body === null || Array.isArray(body) || Buffer.isBuffer(body))
    throw refuse("the body is not a JSON object");
  const given = body as Record<string, unknown>;
  checkRequired(given);
  const { data_base64: base64, ...context } = given;
  const event = validate({ "content-type": STRUCTURED }, context);
  const data = typeof base64 === "string" ? Buffer.from(base64, "base64") : given["data"];
  return { attributes: toAttributes(event, given), data };
};

const parseBinary = (headers: Headers, body: unknown): ParsedEvent => {
  const given = fromHeaders(headers);
  checkRequired(given);
  const event = validate(
    Object.fromEntries(Object.entries(given).map(([name, value]) => [`ce-${name}`, String(value)])),
    undefined,
  );
  const type = headers["content-type"];
  const attributes = toAttributes(event, given);
  return {
    attributes: type === undefined ? attributes : { ...attributes, datacontenttype: type },
    data: body,
  };
};

/** Throws a Problem of status 400 with the reason. The body is parsed already where it is JSON. */
export const parseCloudEvent = (headers: Headers, body: unknown): ParsedEvent => {
  const type = mediaType(headers);
  if (type === STRUCTURED) return parseStructured(body);
  if (type.startsWith("application/cloudevents"))
    throw refuse(`${type} is not taken`, "content-type");
  return parseBinary(headers, body);
};

const toPayload = (data: unknown, contentType: string): string | Buffer | undefined => {
  if (data === undefined || Buffer.isBuffer(data)) return data;
  return typeof data === "string" && !isJsonType(mediaType({ "content-type": contentType }))
    ? data
    : JSON.stringify(data);
};

/** The event in binary mode, ready to be sent. */
export const toMessage = ({
  attributes,
  data,
}: ParsedEvent): { headers: Record<string, string>; body: string | Buffer | undefined } => {
  // JSON unless it says otherwise; bytes of which nobody said what they are stay so.
  const { datacontenttype = Buffer.isBuffer(data) ? undefined : "application/json", ...context } =
    attributes;
  const headers = Object.fromEntries(
    Object.entries(context).map(([name, value]) => [`ce-${name}`, encodeHeader(value)]),
  );
  const body = toPayload(data, datacontenttype ?? "");
  if (body === undefined || datacontenttype === undefined) return { headers, body };
  return { headers: { ...headers, "content-type": datacontenttype }, body };
};
