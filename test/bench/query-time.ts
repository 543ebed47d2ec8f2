/**
 * The same rows by three ways, one caller, one kept connection each: the function through the
 * entry, SQL through vtgate, SQL straight to the MySQL of the primary that holds them. Each way
 * ends with the rows as objects in the caller's memory.
 */
import { createConnection } from "mysql2/promise";
import { Client } from "undici";
import { articlesSource } from "#functions/query-articles/articles-source.ts";
import { USER_SQL } from "#functions/query-users/query-users.ts";
import { usersSource } from "#functions/query-users/users-source.ts";
import { FIRST_PLACEMENT, placement, rangeOf } from "#shared/placement.ts";
import { planList } from "#shared/query-plan.ts";
import { parseListRequest } from "#shared/query-request.ts";
import { type BenchCluster, connectTo } from "./bench-cluster.ts";
import { measure, type Rounds, type Summary, summarize, type Way } from "./measure.ts";

/** More than this are not asked for in one message of vtgate. */
export const MANY_ROWS = 4_000;
const POINTS = 200;

type Ask = (sql: string, values: readonly unknown[]) => Promise<unknown[]>;

interface Ways {
  readonly get: (path: string) => Promise<unknown>;
  readonly vtgate: Ask;
  readonly mysql: Ask;
}

export interface Subject extends Rounds {
  readonly name: string;
  readonly ways: readonly Way[];
}

const itemsOf = (page: unknown): number =>
  (page as { readonly items?: readonly unknown[] }).items?.length ?? 0;

const expectRows = (found: number, wanted: number): void => {
  if (found !== wanted) throw new Error(`${found} rows came instead of ${wanted}`);
};

/** Users of Beijing, whose home is the first shard: all three ways end at the same MySQL. */
const pointQuery = ({ get, vtgate, mysql }: Ways, uids: readonly number[]): Subject => {
  const keyOf = (turn: number): [bigint, number] => {
    const uid = uids[turn % uids.length] ?? 1;
    return [placement(FIRST_PLACEMENT, "users", "Beijing", uid), uid];
  };
  const bySql = (ask: Ask) => async (turn: number) =>
    expectRows((await ask(USER_SQL, keyOf(turn))).length, 1);
  return {
    name: "1 user by uid",
    rounds: 10,
    turns: uids.length,
    ways: [
      { name: "function", run: async (turn) => get(`/v1/users/${keyOf(turn)[1]}`) },
      { name: "vtgate", run: bySql(vtgate) },
      { name: "MySQL", run: bySql(mysql) },
    ],
  };
};

const lists = {
  users: { source: usersSource, field: "region" },
  articles: { source: articlesSource, field: "category" },
} as const;

const listQuery = (
  { get, vtgate, mysql }: Ways,
  list: keyof typeof lists,
  value: string,
): Subject => {
  const { source, field } = lists[list];
  const request = parseListRequest(new URLSearchParams({ [field]: value }), source.fields);
  const { sql, values } = planList(source, request, { map: FIRST_PLACEMENT }).toPage(
    rangeOf(FIRST_PLACEMENT, list, value),
    undefined,
    MANY_ROWS,
  );
  const bySql = (ask: Ask) => async () => expectRows((await ask(sql, values)).length, MANY_ROWS);
  const path = `/v1/${list}?${field}=${value}&limit=${MANY_ROWS}`;
  return {
    name: `${MANY_ROWS} ${list} of ${value}`,
    rounds: 10,
    turns: 5,
    ways: [
      { name: "function", run: async () => expectRows(itemsOf(await get(path)), MANY_ROWS) },
      { name: "vtgate", run: bySql(vtgate) },
      { name: "MySQL", run: bySql(mysql) },
    ],
  };
};

const createGet =
  (client: Client) =>
  async (path: string): Promise<unknown> => {
    // Past the cache: what is compared is the way to the rows.
    const headers = { "cache-control": "no-cache" };
    const { statusCode, body } = await client.request({ method: "GET", path, headers });
    if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}`);
    return body.json();
  };

export interface QueryResult {
  readonly name: string;
  readonly ways: Readonly<Record<string, Summary>>;
}

const findUids = async (ask: Ask): Promise<number[]> => {
  const rows = await ask("SELECT uid FROM user WHERE region = 'Beijing' ORDER BY uid LIMIT ?", [
    POINTS,
  ]);
  return (rows as { uid: string | number }[]).map(({ uid }) => Number(uid));
};

export const measureQueries = async ({
  url,
  vtgateUrl,
  primaries,
}: BenchCluster): Promise<QueryResult[]> => {
  const [primary] = primaries;
  if (primary === undefined) throw new Error("there is no shard");
  const client = new Client(url);
  const vtgate = await createConnection({
    uri: `${vtgateUrl}/tagenal`,
    charset: "utf8mb4",
    supportBigNumbers: true,
    bigNumberStrings: true,
  });
  const mysql = await connectTo(primary, "vt_tagenal");
  const toAsk =
    (connection: typeof mysql): Ask =>
    async (sql, values) => {
      const [rows] = await connection.query(sql, [...values]);
      return rows as unknown[];
    };
  const ways: Ways = { get: createGet(client), vtgate: toAsk(vtgate), mysql: toAsk(mysql) };
  try {
    const subjects = [
      pointQuery(ways, await findUids(ways.mysql)),
      listQuery(ways, "users", "Beijing"),
      // Science lies on the same shard as Beijing.
      listQuery(ways, "articles", "science"),
    ];
    const results: QueryResult[] = [];
    for (const subject of subjects) {
      const times = await measure(subject.ways, subject);
      const summaries = Object.entries(times).map(([name, values]) => [name, summarize(values)]);
      results.push({ name: subject.name, ways: Object.fromEntries(summaries) });
    }
    return results;
  } finally {
    await client.close();
    await vtgate.end();
    await mysql.end();
  }
};
