/** Starts the entry from its environment; see entry.ts. Ends on SIGTERM or SIGINT. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { integer, optional, readEnv, text } from "#shared/env.ts";
import { createLog } from "#shared/log.ts";
import { startTelemetry } from "#shared/telemetry.ts";
import { parseAs } from "../manifests.ts";
import { startEntry } from "./entry.ts";

const env = readEnv({
  ENTRY_PORT: integer(),
  ACTIVATOR_PORT: integer(),
  KNATIVE_DIR: text,
  DIST_DIR: text,
  LOG_DIR: text,
  FUNCTION_ENV: text,
  FUNCTION_UID: optional(integer()),
  FUNCTION_GID: optional(integer()),
});
const values: unknown = JSON.parse(await readFile(env.FUNCTION_ENV, "utf8"));
const { FUNCTION_UID: uid, FUNCTION_GID: gid = uid } = env;
const log = createLog("entry");
await startTelemetry("entry", { hasServer: true });
const entry = await startEntry(
  {
    port: env.ENTRY_PORT,
    activatorPort: env.ACTIVATOR_PORT,
    manifests: env.KNATIVE_DIR,
    bundles: env.DIST_DIR,
    logs: env.LOG_DIR,
    env: parseAs(z.record(z.string(), z.string()), values, env.FUNCTION_ENV),
    user: uid === undefined || gid === undefined ? undefined : { uid, gid },
  },
  log,
);
log.info({ port: entry.port, activatorPort: entry.activatorPort }, "entry ready");

let isStopping = false;
const stop = (): void => {
  if (isStopping) return;
  isStopping = true;
  entry.stop().then(
    () => process.exit(0),
    () => process.exit(1),
  );
};
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
