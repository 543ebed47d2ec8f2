/**
 * What happened to the servers and shards, the newest first: who did what, and why. Operations tell
 * it themselves; promotions that nobody asked for are entered by watch-tablets, changes of the
 * schema by whoever applies it.
 */
import type { Route } from "#shared/http-function.ts";
import { OPERATION_COLUMNS, type Operation } from "#shared/operation-rows.ts";
import { parseCursor, toCursor, wholeNumber } from "#shared/query-cursor.ts";
import { parseLimit, readParams } from "#shared/query-params.ts";
import type { Sql, SqlValue } from "#shared/sql.ts";

/** What is done to rows, not to servers: it has its own lists. */
const OTHERS = ["load", "rank", "move-row"];

const toText = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** In words, what it came to. */
const toWords = ({ kind, state, request, result, problem }: Operation): string => {
  if (problem !== null) return String(problem["detail"] ?? "it failed");
  if (kind === "promotion")
    return `${result?.["to"]} became primary of ${result?.["shard"]} in place of ${result?.["from"]}`;
  if (kind === "schema-change") return `${result?.["keyspace"]} was given ${result?.["tables"]}`;
  const about = [request["tablet"], request["to"], request["dataCenter"]].flatMap(
    (text) => toText(text) ?? [],
  );
  return `${kind} ${[request["shard"], ...about].filter(Boolean).join(" ")}: ${state}`;
};

/** Pure. */
export const toHappening = (operation: Operation) => {
  const { id, kind, state, request, result, askedBy, createdAt, updatedAt } = operation;
  return {
    at: new Date(updatedAt).toISOString(),
    begunAt: new Date(createdAt).toISOString(),
    kind,
    state,
    shard: toText(request["shard"]),
    tablet: toText(result?.["tablet"] ?? request["tablet"] ?? result?.["to"]),
    by: askedBy,
    says: toWords(operation),
    operation: id,
  };
};

export type Happening = ReturnType<typeof toHappening>;

interface HistoryQuery {
  readonly kind?: string | undefined;
  readonly before?: number | undefined;
  readonly limit: number;
}

export const createReadHistory =
  (db: Pick<Sql, "query">) =>
  ({ kind, before, limit }: HistoryQuery): Promise<Operation[]> => {
    const conditions: [string, SqlValue][] = [
      ...(kind === undefined ? [] : [["kind = ?", kind] as [string, SqlValue]]),
      ...(before === undefined ? [] : [["serial < ?", before] as [string, SqlValue]]),
    ];
    const where = ["kind not in (?)", ...conditions.map(([text]) => text)].join(" and ");
    return db.query<Operation>(
      `select ${OPERATION_COLUMNS} from operation where ${where} order by serial desc limit ?`,
      [OTHERS, ...conditions.map(([, value]) => value), limit],
    );
  };

export const createShowHistory = (readHistory: ReturnType<typeof createReadHistory>): Route => ({
  method: "GET",
  path: "/v1/history",
  handle: async ({ query }) => {
    const { kind, limit: givenLimit, cursor } = readParams(query, ["kind", "limit", "cursor"]);
    const limit = parseLimit(givenLimit);
    const name = `history ${kind ?? ""}`;
    const before = parseCursor(cursor, name, wholeNumber);
    const rows = await readHistory({ kind, before, limit: limit + 1 });
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    const next = last === undefined ? null : toCursor(name, last.serial);
    return { status: 200, body: { items: shown.map(toHappening), next } };
  },
});
