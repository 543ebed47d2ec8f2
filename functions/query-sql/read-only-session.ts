/**
 * One session with vtgate, for one statement, in which MySQL itself writes nothing: its transaction
 * is read only. (vtgate takes `set transaction_read_only` too, and ignores it.) It ends with the
 * connection, whatever has become of the statement.
 */
import mysql from "mysql2";
import { createConnection, type FieldPacket } from "mysql2/promise";
import { Problem } from "#shared/problem.ts";
import { toSqlError } from "#shared/sql-error.ts";
import { toSqlSpan, tracedSql } from "#shared/sql-trace.ts";
import { inPart } from "#shared/trace-context.ts";

export interface Column {
  readonly name: string;
  /** As MySQL's protocol calls it, such as LONGLONG; empty where it does not. */
  readonly type: string;
}

export interface Result {
  readonly columns: readonly Column[];
  /** As JSON has them: large numbers, decimals and times as texts, bytes as 0x…. */
  readonly rows: readonly (readonly unknown[])[];
}

export interface Session {
  run(sql: string): Promise<Result>;
}

export interface SessionSettings {
  readonly keyspace: string;
  readonly timeoutMs: number;
}

/** Beyond vtgate's own limit, which tells more. */
const GRACE_MS = 2_000;
const CONNECT_MS = 5_000;
const LONGEST_MESSAGE = 1_000;

const toText = (value: unknown): unknown => {
  if (Buffer.isBuffer(value)) return `0x${value.toString("hex")}`;
  return typeof value === "bigint" ? String(value) : value;
};

const isTimeout = (error: Error & { readonly code?: unknown; readonly errno?: unknown }): boolean =>
  error.code === "PROTOCOL_SEQUENCE_TIMEOUT" ||
  Number(error.errno) === 3024 ||
  /deadline.?exceeded|context canceled|query_timeout|Query execution was interrupted/i.test(
    error.message,
  );

const isDriverError = (error: unknown): error is Error & { errno?: unknown } =>
  error instanceof Error && "errno" in error;

/** The caller wrote the statement: what the database says of it is meant for her. */
const toProblem = (error: unknown, timeoutMs: number): unknown => {
  if (!isDriverError(error)) return error;
  if (isTimeout(error))
    return new Problem("timeout", `the statement did not end within ${timeoutMs / 1_000} s`);
  const known = toSqlError(error);
  if (known instanceof Problem) return known;
  const says = error.message.replace(/^target: [^:]*: /, "").slice(0, LONGEST_MESSAGE);
  return new Problem("unprocessable", says, { field: "sql" });
};

/** By the number that the protocol has for it. */
const typeNames = new Map<number | undefined, string>(
  Object.entries(mysql.Types).flatMap(([key, name]) =>
    typeof name === "string" ? [[Number(key), name] as const] : [],
  ),
);

const toColumns = (fields: readonly FieldPacket[] | undefined): Column[] =>
  (fields ?? []).map(({ name, columnType }) => ({ name, type: typeNames.get(columnType) ?? "" }));

const connect = async (url: string, database: string) => {
  const { hostname, port, username, password } = new URL(url);
  try {
    return await createConnection({
      host: hostname,
      port: Number(port === "" ? 3306 : port),
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
      ...{ database, charset: "utf8mb4", connectTimeout: CONNECT_MS },
      ...{ supportBigNumbers: true, bigNumberStrings: true, dateStrings: true },
      rowsAsArray: true,
      typeCast: (field, next) => (field.type === "JSON" ? field.string("utf8") : next()),
    });
  } catch (error) {
    throw toSqlError(error);
  }
};

/** With a session that nobody else uses, and that is gone afterwards. */
export const createInSession =
  (url: string) =>
  async <T>(settings: SessionSettings, work: (session: Session) => Promise<T>): Promise<T> => {
    const { keyspace, timeoutMs } = settings;
    const connection = await connect(url, keyspace);
    const run = async (sql: string): Promise<Result> => {
      try {
        const [rows, fields] = await inPart(
          () => toSqlSpan(sql, keyspace),
          () => connection.query({ sql: tracedSql(sql), timeout: timeoutMs + GRACE_MS }),
        );
        const lines = Array.isArray(rows) ? (rows as unknown as unknown[][]) : [];
        return { columns: toColumns(fields), rows: lines.map((row) => row.map(toText)) };
      } catch (error) {
        throw toProblem(error, timeoutMs);
      }
    };
    try {
      await run(`set query_timeout = ${timeoutMs}`);
      await run("start transaction read only");
      return await work({ run });
    } finally {
      // Without a word: what still runs ends with it, and so does the transaction.
      connection.destroy();
    }
  };
