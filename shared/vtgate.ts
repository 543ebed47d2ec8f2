/**
 * The database as functions see it: SQL through vtgate. A target is a vtgate database name:
 * "tagenal", "global", "tagenal@replica", or one shard's primary, "tagenal:-80@primary" (its
 * statements go there as they are, without planning). Pools are made when first used.
 */
import {
  createPool,
  type FieldPacket,
  type Pool,
  type PoolConnection,
  type ResultSetHeader,
  type RowDataPacket,
} from "mysql2/promise";
import { defineCounter, defineDurations, isMeasuring, secondsSince } from "./metrics.ts";
import { isProblem } from "./problem.ts";
import { retry } from "./retry.ts";
import type { Sql, SqlValues, TransactionalSql, Written } from "./sql.ts";
import { isPassingProblem, toSqlError } from "./sql-error.ts";
import { toSqlSpan, tracedSql, verbOf } from "./sql-trace.ts";
import { inPart } from "./trace-context.ts";
import { toPoolOptions } from "./vtgate-options.ts";

export interface Vtgate {
  /**
   * The sharded keyspace. A transaction over several shards commits them in the order in which it
   * first touched them, and may end between two: write first what is harmless alone.
   */
  readonly tagenal: TransactionalSql;
  /** The unsharded keyspace. */
  readonly global: TransactionalSql;
  /** A session on one shard's primary. */
  shard(name: string): TransactionalSql;
  target(database: string): Sql;
  /** A session on this very tablet of a shard, such as beijing-0000000102; nothing is tried again. */
  tablet(shard: string, type: "primary" | "replica", alias: string): Pick<Sql, "query">;
  /** Names of the serving shards of `tagenal`. */
  shards(): Promise<string[]>;
  close(): Promise<void>;
}

export interface VtgateOptions {
  /** Connections in each pool. */
  readonly connections?: number;
}

const TIMEOUT_MS = 35_000; // vtgate gives up after 30 s and says why.
const LONGLONG = 8;
const NEWDECIMAL = 246;
const keyspaceIds = new Set(["home", "reader_home", "article_home", "slot"]);

/** In place: a copy of 4,000 rows would cost more than the query's own parsing. */
const convertIntegers = (rows: RowDataPacket[], fields: FieldPacket[]): void => {
  const names = fields
    .filter(
      ({ name, type }) => (type === LONGLONG || type === NEWDECIMAL) && !keyspaceIds.has(name),
    )
    .map(({ name }) => name);
  for (const row of rows)
    for (const name of names) {
      const value: unknown = row[name];
      if (typeof value !== "string") continue;
      const number = Number(value);
      if (number <= Number.MAX_SAFE_INTEGER) row[name] = number;
    }
};

/** The part of a pool and of a connection that a statement needs. */
interface Queryable {
  query: Pool["query"];
}

interface Link {
  readonly on: Queryable;
  readonly database: string;
}

const toBound = (values: SqlValues): unknown[] => values.map((value) => value);

const ask = async ({ on }: Link, sql: string, values: SqlValues) => {
  try {
    return await on.query<RowDataPacket[] | ResultSetHeader>({
      sql: tracedSql(sql),
      values: toBound(values),
      timeout: TIMEOUT_MS,
    });
  } catch (error) {
    throw toSqlError(error);
  }
};

const sqlDuration = defineDurations(
  "tagenal_sql_duration_seconds",
  "Statements to vtgate, each try by itself.",
);
const sqlRetries = defineCounter(
  "tagenal_sql_retries_total",
  "Statements and transactions tried again because the database was not available.",
);

const toOutcome = (error: unknown): string => (isProblem(error) ? error.code : "error");

const measured = async (link: Link, sql: string, values: SqlValues) => {
  const startedAt = performance.now();
  // Without the shard: there may be many.
  const target = link.database.replace(/:[^@]*/, "");
  const end = (outcome: string): void =>
    sqlDuration(secondsSince(startedAt), { target, verb: verbOf(sql), outcome });
  try {
    const result = await ask(link, sql, values);
    end("ok");
    return result;
  } catch (error) {
    end(toOutcome(error));
    throw error;
  }
};

const run = (link: Link, sql: string, values: SqlValues) =>
  inPart(
    () => toSqlSpan(sql, link.database),
    () => (isMeasuring() ? measured : ask)(link, sql, values),
  );

const read = async <T>(on: Link, sql: string, values: SqlValues): Promise<T[]> => {
  const [rows, fields] = await run(on, sql, values);
  if (!Array.isArray(rows)) throw new Error(`not a read: ${sql.slice(0, 60)}`);
  convertIntegers(rows, fields);
  return rows as unknown as T[];
};

const write = async (on: Link, sql: string, values: SqlValues): Promise<Written> => {
  const [result] = await run(on, sql, values);
  if (Array.isArray(result)) throw new Error(`not a write: ${sql.slice(0, 60)}`);
  return { affected: result.affectedRows, insertId: result.insertId };
};

/** Inside a transaction nothing is tried again by itself: the whole transaction is. */
const toPlainSql = (on: Link): Sql => ({
  query: (sql, values = []) => read(on, sql, values),
  write: (sql, values = []) => write(on, sql, values),
});

const retried = <T>(work: () => Promise<T>): Promise<T> =>
  retry(work, {
    isPassing: (error) => {
      const isPassing = isPassingProblem(error);
      if (isPassing) sqlRetries({});
      return isPassing;
    },
  });

const toSql = (on: Link): Sql => ({
  query: (sql, values = []) => retried(() => read(on, sql, values)),
  write: (sql, values = [], { harmless = false } = {}) =>
    harmless ? retried(() => write(on, sql, values)) : write(on, sql, values),
});

const connect = async (pool: Pool): Promise<PoolConnection> => {
  try {
    return await pool.getConnection();
  } catch (error) {
    throw toSqlError(error);
  }
};

/** A connection that failed inside a transaction is not used again: its state is unknown. */
const attempt = async <T>(link: Link, work: (transaction: Sql) => Promise<T>): Promise<T> => {
  const sql = toPlainSql(link);
  await sql.write("begin");
  try {
    return await work(sql);
  } catch (error) {
    if (isPassingProblem(error)) throw error;
    await sql.write("rollback");
    throw error;
  }
};

const inTransaction = async <T>(
  { pool, database }: { readonly pool: Pool; readonly database: string },
  work: (on: Sql) => Promise<T>,
): Promise<T> => {
  // What fails before the commit was surely not done; a failed commit is the caller's to judge.
  const { connection, result } = await retried(async () => {
    const taken = await connect(pool);
    try {
      return { connection: taken, result: await attempt({ on: taken, database }, work) };
    } catch (error) {
      if (isPassingProblem(error)) taken.destroy();
      else taken.release();
      throw error;
    }
  });
  try {
    await toPlainSql({ on: connection, database }).write("commit");
    connection.release();
    return result;
  } catch (error) {
    connection.destroy();
    throw error;
  }
};

export const createVtgate = (url: string, { connections = 10 }: VtgateOptions = {}): Vtgate => {
  const options = toPoolOptions(url, connections);
  const pools = new Map<string, Pool>();
  const poolOf = (database: string): Pool => {
    const known = pools.get(database);
    if (known !== undefined) return known;
    const pool = createPool({ ...options, database });
    pools.set(database, pool);
    return pool;
  };
  const target = (database: string): Sql => toSql({ on: poolOf(database), database });
  const transactional = (database: string): TransactionalSql => ({
    ...target(database),
    transaction: (work) => inTransaction({ pool: poolOf(database), database }, work),
  });
  const tagenal = transactional("tagenal");
  return {
    tagenal,
    global: transactional("global"),
    shard: (name) => transactional(`tagenal:${name}@primary`),
    target,
    tablet: (shard, type, alias) => {
      const database = `tagenal:${shard}@${type}|${alias}`;
      return toPlainSql({ on: poolOf(database), database });
    },
    shards: async () => {
      const rows = await tagenal.query<{ Shards: string }>("show vitess_shards like 'tagenal/%'");
      return rows.map(({ Shards }) => Shards.slice("tagenal/".length));
    },
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.end()));
      pools.clear();
    },
  };
};
