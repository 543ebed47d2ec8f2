/**
 * Makes a database of servers that run: primaries at home, tables, vschemas and derived streams,
 * the bucket, and the Redis servers joined. Done again it changes nothing. Runs as a Job on
 * Kubernetes; locally bring-up.ts uses the same parts.
 */
import { lookup } from "node:dns/promises";
import { list, optional, readEnv, text, url } from "#shared/env.ts";
import { createLog } from "#shared/log.ts";
import { parseRedisNodes } from "#shared/redis-nodes.ts";
import { parseVtctldAddress } from "#shared/vtctld-address.ts";
import { makeBucket } from "./bucket.ts";
import { bringPrimariesHome } from "./homes.ts";
import { joinRedis } from "./redis-cluster.ts";
import { retry } from "./retry.ts";
import { applySchema, keyspaces, startStreams } from "./schema.ts";
import { createVtctl } from "./vtctl.ts";

const PATIENCE_SECONDS = 300;
const SHARDS = 3;
/** With which vtctldclient begins what it says. */
const TIMES = /"time":"[^"]*",/g;

const env = readEnv({
  VTCTLDCLIENT: text,
  VTCTLD_ADDRESS: text,
  SCHEMA_DIR: text,
  REDIS_CLI: text,
  REDIS_NODES: list,
  S3_ENDPOINT: url,
  S3_BUCKET: text,
  AWS_REGION: text,
  AWS_ACCESS_KEY_ID: text,
  AWS_SECRET_ACCESS_KEY: text,
  NODE_EXTRA_CA_CERTS: optional(text),
});
const log = createLog("prepare-database");

const step = async (name: string, work: () => Promise<void>): Promise<void> => {
  const startedAt = Date.now();
  let why = "";
  await retry(PATIENCE_SECONDS, () =>
    work().catch((error: Error) => {
      const reason = error.message.replaceAll(TIMES, "");
      // Servers that still start give the same reason many times a second.
      if (reason !== why) log.info({ step: name, why: reason }, "not yet");
      why = reason;
      throw error;
    }),
  );
  log.info({ step: name, ms: Date.now() - startedAt }, "done");
};

const { nodes, isSecure } = parseRedisNodes(env.REDIS_NODES);
const authority = env.NODE_EXTRA_CA_CERTS ?? "";
const redisCli = {
  program: env.REDIS_CLI,
  ...(isSecure ? { tls: ["--tls", "--cacert", authority] } : {}),
};

const toAddress = async ({ host, port }: { host: string; port: number }): Promise<string> =>
  `${(await lookup(host, { family: 4 })).address}:${port}`;

const vtctld = parseVtctldAddress(env.VTCTLD_ADDRESS);
const vtctl = vtctld.isSecure
  ? createVtctl(env.VTCTLDCLIENT, vtctld.target, authority)
  : createVtctl(env.VTCTLDCLIENT, vtctld.target);
const vitess = async (): Promise<void> => {
  await step("primaries at home", () => bringPrimariesHome(vtctl, SHARDS));
  await Promise.all(
    keyspaces.map((name) =>
      step(`schema of ${name}`, () => applySchema(vtctl, env.SCHEMA_DIR, name)),
    ),
  );
  await step("derived tables", () => startStreams(vtctl, env.SCHEMA_DIR));
};
await Promise.all([
  vitess(),
  step("Redis Cluster", async () => joinRedis(redisCli, await Promise.all(nodes.map(toAddress)))),
  step("bucket", () =>
    makeBucket({
      endpoint: env.S3_ENDPOINT,
      region: env.AWS_REGION,
      bucket: env.S3_BUCKET,
      key: env.AWS_ACCESS_KEY_ID,
      secret: env.AWS_SECRET_ACCESS_KEY,
    }),
  ),
]);
