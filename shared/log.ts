/**
 * JSON lines on stdout, each with the function's name and the trace, event and operation it belongs to. Errors are
 * written with their causes, shortened: vtgate quotes whole statements in its own.
 */
import { inspect } from "node:util";
import { type Logger, pino } from "pino";
import { oneOf, optional, readEnv } from "./env.ts";
import { currentSubject } from "./subject.ts";
import { currentTrace } from "./trace-context.ts";

export type Log = Logger;

const LONGEST_ERROR = 4_000;
const LONGEST_BACKLOG = 1024 ** 2;

export const describeError = (error: unknown): string => {
  const description = inspect(error, { depth: 4, breakLength: 120 });
  return description.length > LONGEST_ERROR
    ? `${description.slice(0, LONGEST_ERROR)}… (${description.length} characters)`
    : description;
};

export const createLog = (name: string): Log => {
  const { LOG_LEVEL } = readEnv({
    LOG_LEVEL: optional(oneOf("debug", "info", "warn", "error", "silent")),
  });
  // On a full disk the function goes on: the newest lines are kept for later, the rest dropped.
  const output = pino.destination({ dest: 1, sync: true, maxLength: LONGEST_BACKLOG });
  output.on("error", () => {});
  const options = {
    name,
    level: LOG_LEVEL ?? "info",
    base: { pid: process.pid },
    serializers: { err: describeError },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
    mixin: () => {
      const trace = currentTrace();
      const { eventId, operationId } = currentSubject() ?? {};
      return {
        ...(trace === undefined ? {} : { traceId: trace.traceId, spanId: trace.spanId }),
        ...(eventId === undefined ? {} : { eventId }),
        ...(operationId === undefined ? {} : { operationId }),
      };
    },
  };
  return pino(options, output);
};
