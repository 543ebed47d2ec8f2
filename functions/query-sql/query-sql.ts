/**
 * Answers one statement that only reads: its rows, how long it took, vtgate's plan for it, and the
 * shards that it touched. See check-sql.ts and read-only-session.ts for what keeps it from more.
 */
import { z } from "zod";
import type { Route, RouteRequest } from "#shared/http-function.ts";
import { parseBody } from "#shared/parse-body.ts";
import type { Reply } from "#shared/respond.ts";
import { checkSql, LONGEST_SQL } from "./check-sql.ts";
import type { Column, Result, Session, SessionSettings } from "./read-only-session.ts";

export interface QuerySqlDeps {
  readonly inSession: <T>(
    settings: SessionSettings,
    work: (session: Session) => Promise<T>,
  ) => Promise<T>;
  readonly now?: () => number;
}

export const TIMEOUT_MS = 10_000;
const MOST_ROWS = 1_000;
const USUAL_ROWS = 200;
/** Of the rows as JSON. */
const MOST_BYTES = 4 * 1024 * 1024;

export const sqlRequest = z.strictObject({
  sql: z.string().min(1).max(LONGEST_SQL),
  keyspace: z.enum(["tagenal", "global"]).default("tagenal"),
  maxRows: z.int().min(1).max(MOST_ROWS).default(USUAL_ROWS),
});

/** What was sent to a shard. */
export interface ShardQuery {
  readonly keyspace: string;
  readonly shard: string;
  readonly sql: string;
}

const isPlanned = (verb: string): boolean => verb === "select" || verb === "with";

const parsePlan = ({ rows }: Result): unknown => {
  const text = rows[0]?.[0];
  return typeof text === "string" ? (JSON.parse(text) as unknown) : (text ?? null);
};

/** Of `vexplain queries`: number, keyspace, shard, statement. */
const toQueries = ({ rows }: Pick<Result, "rows">): ShardQuery[] =>
  rows.map(([, keyspace, shard, sql]) => ({
    keyspace: String(keyspace),
    shard: String(shard),
    sql: String(sql),
  }));

/** In this order: the plan is that of the statement, without the limit that it is run under. */
const runLimited = async ({ run }: Session, sql: string, mostRows: number): Promise<Result> => {
  await run(`set sql_select_limit = ${mostRows + 1}`);
  return run(sql);
};

/** As many of the rows as may be answered. Pure. */
export const limitRows = (
  rows: Result["rows"],
  { mostRows, mostBytes = MOST_BYTES }: { readonly mostRows: number; readonly mostBytes?: number },
): { readonly rows: Result["rows"]; readonly isCut: boolean } => {
  let bytes = 0;
  const end = rows.findIndex((row, index) => {
    bytes += JSON.stringify(row).length;
    return index >= mostRows || bytes > mostBytes;
  });
  return end === -1 ? { rows, isCut: false } : { rows: rows.slice(0, end), isCut: true };
};

export interface SqlAnswer {
  /** As vtgate tells it; null where there is none, as of SHOW. */
  readonly plan: unknown;
  readonly queries: readonly ShardQuery[];
  readonly columns: readonly Column[];
  readonly rows: Result["rows"];
  /** There are more rows. */
  readonly isCut: boolean;
  readonly milliseconds: number;
  /** As keyspace/shard, each once. */
  readonly shards: readonly string[];
}

export const createQuerySql = ({ inSession, now = () => performance.now() }: QuerySqlDeps) => {
  const handle = async ({ body }: RouteRequest): Promise<Reply> => {
    const { sql: given, keyspace, maxRows: mostRows } = parseBody(sqlRequest, body);
    const { sql, verb } = checkSql(given);
    const settings = { keyspace, timeoutMs: TIMEOUT_MS };
    const answer = await inSession(settings, async (session): Promise<SqlAnswer> => {
      const isExplained = isPlanned(verb);
      const plan = isExplained ? parsePlan(await session.run(`vexplain plan ${sql}`)) : null;
      const startedAt = now();
      const { columns, rows } = await runLimited(session, sql, mostRows);
      const milliseconds = Math.round((now() - startedAt) * 10) / 10;
      // vtgate executes it once more to see where it goes.
      const sent = isExplained ? await session.run(`vexplain queries ${sql}`) : { rows: [] };
      const queries = toQueries(sent);
      const shards = new Set(queries.map(({ keyspace: name, shard }) => `${name}/${shard}`));
      const shown = limitRows(rows, { mostRows });
      return { columns, ...shown, milliseconds, plan, queries, shards: [...shards].sort() };
    });
    return { status: 200, body: answer, headers: { "cache-control": "no-store" } };
  };
  const route: Route = { method: "POST", path: "/v1/queries", auth: "operate", handle };
  return [route];
};
