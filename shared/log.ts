/**
 * JSON lines on stdout, each with the function's name and the trace, event and operation it belongs
 * to. Nothing that a user wrote and no secret gets there: routes stand for addresses, and of errors
 * only what their own code says of them is written.
 */
import { type Logger, pino } from "pino";
import { oneOf, optional, readEnv } from "./env.ts";
import { currentSubject } from "./subject.ts";
import { currentTrace } from "./trace-context.ts";

export type Log = Logger;

const LONGEST_ERROR = 4_000;
const LONGEST_BACKLOG = 1024 ** 2;

const DEEPEST_CAUSE = 4;

interface Coded {
  readonly code?: unknown;
  readonly errno?: unknown;
}

/** Stacks and codes down the causes. Any other member may hold rows, a statement or a whole command. */
const partsOf = (error: unknown, depth: number): readonly string[] => {
  if (!(error instanceof Error))
    return [typeof error === "string" ? error : `no error: ${typeof error}`];
  const { code, errno }: Coded = error as Coded;
  const codes = [code, errno].filter((one) => typeof one === "string" || typeof one === "number");
  const own = `${error.stack ?? String(error)}${codes.length === 0 ? "" : ` [${codes.join(", ")}]`}`;
  if (depth === 0) return [own];
  const causes = [
    ...(error instanceof AggregateError ? (error.errors as unknown[]) : []),
    ...(error.cause === undefined ? [] : [error.cause]),
  ];
  return [own, ...causes.flatMap((cause) => partsOf(cause, depth - 1))];
};

export const describeError = (error: unknown): string => {
  const description = partsOf(error, DEEPEST_CAUSE).join("\n  because of ");
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
