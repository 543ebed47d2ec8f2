/**
 * Makes a database of servers that run: primaries at home, tables, vschemas and derived streams,
 * the bucket, and the Redis servers joined. Done again it changes nothing. Runs as a Job on
 * Kubernetes; locally bring-up.ts uses the same parts.
 */
import { lookup } from "node:dns/promises";
import { readEnv, text, url } from "#shared/env.ts";
import { createLog } from "#shared/log.ts";
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
  REDIS_NODES: text,
  S3_ENDPOINT: url,
  S3_BUCKET: text,
  AWS_REGION: text,
  AWS_ACCESS_KEY_ID: text,
  AWS_SECRET_ACCESS_KEY: text,
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

const toAddress = async (node: string): Promise<string> => {
  const [host = "", port] = node.split(":");
  return `${(await lookup(host, { family: 4 })).address}:${port}`;
};

const vtctl = createVtctl(env.VTCTLDCLIENT, env.VTCTLD_ADDRESS);
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
  step("Redis Cluster", async () =>
    joinRedis(env.REDIS_CLI, await Promise.all(env.REDIS_NODES.split(",").map(toAddress))),
  ),
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
