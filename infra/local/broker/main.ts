/**
 * A broker for one machine: reads the Brokers, Triggers and PingSources of knative/ and promises
 * what Knative's in-memory channel promises. It may end at any moment: an event only wakes
 * somebody up, the rows are the truth, and sweep-operations emits again what was lost.
 */
import type { AddressInfo } from "node:net";
import { Agent } from "undici";
import { integer, readEnv, text, url } from "#shared/env.ts";
import { createLog } from "#shared/log.ts";
import { startTelemetry } from "#shared/telemetry.ts";
import { readManifests } from "../manifests.ts";
import { createDispatch } from "./dispatch.ts";
import { createIngress } from "./ingress.ts";
import { startPingSources } from "./ping.ts";
import { toTopology } from "./topology.ts";

const env = readEnv({
  BROKER_PORT: integer(),
  ACTIVATOR_URL: url,
  KNATIVE_DIR: text,
  BROKER_QUEUE_EVENTS: integer(10_000),
});
const log = createLog("broker");
await startTelemetry("broker", { hasServer: true });
const topology = toTopology(await readManifests(env.KNATIVE_DIR));
const dispatch = createDispatch({
  topology,
  dispatcher: new Agent(),
  activatorUrl: env.ACTIVATOR_URL.replace(/\/$/, ""),
  capacity: env.BROKER_QUEUE_EVENTS,
  log,
});
const ingress = createIngress(topology.brokers, dispatch, log);
ingress.listen(env.BROKER_PORT, "127.0.0.1", () => {
  const { port } = ingress.address() as AddressInfo;
  const triggers = topology.triggers.map(({ name }) => name);
  log.info({ port, brokers: [...topology.brokers], triggers }, "broker ready");
});
const stopPingSources = startPingSources(topology.pingSources, dispatch, log);

/** What is queued is dropped: see above. */
const stop = (): void => {
  stopPingSources();
  process.exit(0);
};
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
