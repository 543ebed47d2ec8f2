/**
 * What went wrong in MySQL or Vitess, as a Problem where a caller can do something about it.
 *
 * 1. `unavailable`: nobody served the statement for now (connection, failover, shard being moved,
 *    deadlock, time limit). Whether it took effect is unknown, unless it was a deadlock.
 * 2. `conflict`: a duplicate key.
 * 3. `too-large`: a statement or its result exceeds a message (16 MiB); asking for less helps.
 * 4. Anything else is a bug and stays an Error. Messages are cut: vtgate quotes the whole statement.
 */
import { isProblem, Problem } from "./problem.ts";

const LONGEST_MESSAGE = 300;
const DUPLICATE_KEY = 1062;
const PACKET_TOO_LARGE = 1153;

/** Too many connections, shutdown, read-only primary, lock wait, deadlock, interrupted, lost. */
const passingNumbers = new Set([1040, 1053, 1203, 1205, 1213, 1290, 1317, 1836, 2006, 2013, 3024]);

const passingCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "HANDSHAKE_SSL_ERROR",
  "PROTOCOL_CONNECTION_LOST",
  "PROTOCOL_SEQUENCE_TIMEOUT",
  "PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR",
  "PROTOCOL_ENQUEUE_AFTER_QUIT",
  "POOL_CLOSED",
]);

/** VT13001 'autocommitted' is what a single-row insert gets while a Reshard switches traffic. */
const passingMessages =
  /code = (unavailable|cluster.?event|aborted|canceled|deadline.?exceeded|resource.?exhausted)|no healthy tablet|inconsistent state detected|not serving|wrong tablet type|not allowed in state|is not connected|unexpected 'autocommitted' state|VT14\d{3}|connection is in closed state|primary is (not|unreachable)|disallowed due to rule|shutting down|read-only|transaction \d+: (in use|ended|not found)/i;

/** vtgate's limit on a result, which it reports like an interruption: no retry makes it smaller. */
const lastingMessages = /row count exceeded/i;

interface DriverError {
  readonly message: string;
  readonly code?: unknown;
  readonly errno?: unknown;
}

const isDriverError = (error: unknown): error is Error & DriverError => error instanceof Error;

/** Statements are cut off, and values that MySQL and vtgate quote are taken out. */
export const shorten = (message: string): string => {
  const text = (message.split(/:? ?Sql: "| during query: /)[0] ?? "")
    .replaceAll(/\s+/g, " ")
    .replace(/\b(entry|value:?|near) '.*'/i, "$1 '…'")
    .trim();
  return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text;
};

const isPassing = ({ message, code, errno }: DriverError): boolean =>
  !lastingMessages.test(shorten(message)) &&
  (passingNumbers.has(Number(errno)) ||
    passingCodes.has(String(code)) ||
    passingMessages.test(shorten(message)));

/** The driver's error carries the statement; what is thrown further carries only this. */
const toCause = ({ message, code, errno }: DriverError): Error =>
  Object.assign(new Error(shorten(message)), { code, errno });

export const toSqlError = (error: unknown): unknown => {
  if (isProblem(error) || !isDriverError(error)) return error;
  const cause = toCause(error);
  if (error.errno === DUPLICATE_KEY) return new Problem("conflict", "it exists already", { cause });
  if (error.errno === PACKET_TOO_LARGE)
    return new Problem("too-large", "it is more than the database sends at once", { cause });
  // A text of its own where the driver has none: refused connections come as AggregateError.
  const reason = cause.message === "" ? String(error.code) : cause.message;
  if (isPassing(error))
    return new Problem("unavailable", "the database is not available", { cause, because: reason });
  return cause;
};

export const isDuplicateKey = (error: unknown): boolean =>
  isProblem(error) &&
  error.cause instanceof Error &&
  "errno" in error.cause &&
  error.cause.errno === DUPLICATE_KEY;

export const isPassingProblem = (error: unknown): boolean =>
  isProblem(error) && error.code === "unavailable";
