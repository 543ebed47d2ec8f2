/**
 * `npm run bench:readers`: what a reader waits for, beside vtgate, MySQL and a bare handler, as
 * ratios within one run. The functions run as processes of their own and are asked directly: the
 * local entry stands in for Knative's, and is not what is measured.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createConnection } from "mysql2/promise";
import { USER_SQL } from "#functions/query-users/query-users.ts";
import { usersSource } from "#functions/query-users/users-source.ts";
import { buildFunctions } from "#infra/build.ts";
import { generateSample } from "#infra/sample/generate-sample.ts";
import { defaults } from "#infra/sample/options.ts";
import { FIRST_PLACEMENT, placement, rangeOf } from "#shared/placement.ts";
import { planList } from "#shared/query-plan.ts";
import { parseListRequest } from "#shared/query-request.ts";
import { startTestCluster } from "../integration/cluster.ts";
import { connectTo, openBenchCluster } from "./bench-cluster.ts";
import { describeRun } from "./describe-run.ts";
import { type FunctionServer, startFunction } from "./function-server.ts";
import { measure, type Summary, summarize, type Way } from "./measure.ts";
import { keepAsking, saturate } from "./readers-load.ts";
import { type Found, judgeReaders, toReadersText } from "./readers-report.ts";
import { insertPopularArticle, OTHER_AID, POPULAR_AID } from "./readers-rows.ts";
import { waitForRest } from "./rest.ts";
import { loadThroughSystem } from "./system-load.ts";

const { values: flags } = parseArgs({
  options: {
    out: { type: "string", default: join(import.meta.dirname, "readers.json") },
    reads: { type: "string", default: String(defaults.reads) },
    seconds: { type: "string", default: "60" },
  },
});

const ROWS = 4_000;
const POINTS = 200;
const SATURATED_SECONDS = 6;
const STEADY_SHARE = 0.7;
const ANEW = { "cache-control": "no-cache" };
const root = join(import.meta.dirname, "../..");
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const get = async ({ pool }: FunctionServer, path: string, headers = {}): Promise<Buffer> => {
  const { statusCode, body } = await pool.request({ method: "GET", path, headers });
  const bytes = Buffer.from(await body.arrayBuffer());
  if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}: ${bytes}`);
  return bytes;
};

const time = async (
  ways: readonly Way[],
  turns: number,
): Promise<Readonly<Record<string, Summary>>> => {
  const taken = await measure(ways, { rounds: 10, turns });
  return Object.fromEntries(Object.entries(taken).map(([name, all]) => [name, summarize(all)]));
};

type Ask = (sql: string, values: readonly unknown[]) => Promise<unknown[]>;

interface Servers {
  readonly users: FunctionServer;
  readonly articles: FunctionServer;
  readonly ranks: FunctionServer;
  readonly bare: FunctionServer;
}

const timeAll = async (
  { users, articles, ranks, bare }: Servers,
  { vtgate, mysql }: { readonly vtgate: Ask; readonly mysql: Ask },
): Promise<Found["times"]> => {
  const rows = await mysql("SELECT uid FROM user WHERE region = 'Beijing' LIMIT ?", [POINTS]);
  const uids = rows.map((row) => Number((row as { uid: unknown }).uid));
  const uidOf = (turn: number): number => uids[turn % uids.length] ?? 1;
  const homeOf = (uid: number): bigint => placement(FIRST_PLACEMENT, "users", "Beijing", uid);
  const user = (turn: number): string => `/v1/users/${uidOf(turn)}`;
  const rank = "/v1/ranks/daily/2016-05-01";
  const readers = (aid: number): string => `/v1/articles/${aid}/be-read?list=read`;
  const { sql, values } = planList(
    usersSource,
    parseListRequest(new URLSearchParams({ region: "Beijing" }), usersSource.fields),
    { map: FIRST_PLACEMENT },
  ).toPage(rangeOf(FIRST_PLACEMENT, "users", "Beijing"), undefined, ROWS);
  const list = `/v1/users?region=Beijing&limit=${ROWS}`;
  const point = await time(
    [
      { name: "vtgate", run: (turn) => vtgate(USER_SQL, [homeOf(uidOf(turn)), uidOf(turn)]) },
      { name: "function", run: (turn) => get(users, user(turn), ANEW) },
      { name: "cached", run: (turn) => get(users, user(turn)) },
      { name: "bare handler", run: () => get(bare, "/") },
      { name: "top five, cached", run: () => get(ranks, rank) },
      { name: "top five", run: () => get(ranks, rank, ANEW) },
    ],
    POINTS,
  );
  const many = await time(
    [
      { name: "MySQL and JSON", run: async () => JSON.stringify(await mysql(sql, values)) },
      { name: "vtgate and JSON", run: async () => JSON.stringify(await vtgate(sql, values)) },
      { name: "function", run: () => get(users, list, ANEW) },
      { name: "cached", run: () => get(users, list) },
    ],
    5,
  );
  const beRead = await time(
    [
      { name: "of 100,000 readers", run: () => get(articles, readers(POPULAR_AID), ANEW) },
      { name: "of 10 readers", run: () => get(articles, readers(OTHER_AID), ANEW) },
    ],
    20,
  );
  return { point, many, beRead };
};

const measureReaders = async (servers: Servers, ways: { vtgate: Ask; mysql: Ask }) => {
  const times = await timeAll(servers, ways);
  const { users, bare } = servers;
  const rows = await ways.mysql("SELECT uid FROM user LIMIT ?", [POINTS]);
  const uids = rows.map((row) => Number((row as { uid: unknown }).uid));
  const pathOf = (turn: number): string => `/v1/users/${uids[turn % uids.length]}`;
  const kept = [await saturate(users, pathOf, SATURATED_SECONDS)];
  const constant = [await saturate(bare, () => "/", SATURATED_SECONDS)];
  constant.push(await saturate(bare, () => "/", SATURATED_SECONDS));
  kept.push(await saturate(users, pathOf, SATURATED_SECONDS));
  const seconds = Number(flags.seconds);
  const perSecond = Math.floor(STEADY_SHARE * Math.min(...kept.map((one) => one.perSecond)));
  say(`${perSecond} requests/s for ${seconds} s …`);
  const steady = await keepAsking(users, pathOf, { perSecond, seconds });
  return { times, kept, constant, steady };
};

const own = await startTestCluster();
const cluster = await openBenchCluster(own.home);
const dir = await mkdtemp(join(tmpdir(), "tagenal-bench-"));
const servers: FunctionServer[] = [];
try {
  await buildFunctions();
  const { users, articles } = defaults;
  const rows = { users, articles, reads: Number(flags.reads) };
  await generateSample({ ...rows, dir, seed: defaults.seed, media: "none" });
  await loadThroughSystem(cluster, dir);
  await insertPopularArticle(cluster.vtgateUrl);
  const env = JSON.parse(await readFile(join(own.home, "function-env.json"), "utf8"));
  const start = async (name: string, bundle: string): Promise<FunctionServer> => {
    // Where it tells its metrics, as under the entry.
    const socket = join(dir, `${name}.metrics`);
    const server = await startFunction(name, bundle, { ...env, METRICS_PORT: socket });
    servers.push(server);
    return server;
  };
  const bundleOf = (name: string): string => join(root, "dist", name, "index.mjs");
  const all: Servers = {
    users: await start("query-users", bundleOf("query-users")),
    articles: await start("query-articles", bundleOf("query-articles")),
    ranks: await start("query-ranks", bundleOf("query-ranks")),
    bare: await start("bare", join(import.meta.dirname, "bare.mjs")),
  };
  const connections = [
    await createConnection({
      uri: `${cluster.vtgateUrl}/tagenal`,
      ...{ charset: "utf8mb4", supportBigNumbers: true, bigNumberStrings: true },
    }),
    await connectTo(cluster.primaries[0] ?? { shard: "", mysqlSocket: "" }, "vt_tagenal"),
  ];
  const [vtgate, mysql] = connections.map(
    (connection): Ask =>
      async (sql, values) => {
        const [found] = await connection.query(sql, [...values]);
        return found as unknown[];
      },
  );
  const busy = await waitForRest();
  say(`the processors are ${Math.round(busy * 100)} % busy`);
  if (vtgate === undefined || mysql === undefined) throw new Error("nobody to ask");
  const found = await measureReaders(all, { vtgate, mysql });
  for (const connection of connections) await connection.end();
  const result = { ...describeRun(), rows, ...found, goals: judgeReaders(found) };
  await writeFile(flags.out, `${JSON.stringify(result, null, 2)}\n`);
  say(`\n${toReadersText(found)}\n\n${flags.out}`);
} finally {
  for (const server of servers) await server.stop();
  await rm(dir, { recursive: true });
  await own.stop();
}
