/** The broker's HTTP side: POST /<namespace>/<broker> takes events; GET /healthz, /stats and
 * /metrics tell. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Log } from "#shared/log.ts";
import { defineCounter, defineGauge, METRICS_TYPE } from "#shared/metrics.ts";
import { Problem } from "#shared/problem.ts";
import { type Reply, respond } from "#shared/respond.ts";
import { readMetrics } from "#shared/telemetry.ts";
import { readEvent } from "./delivery.ts";
import type { Dispatch } from "./dispatch.ts";

const events = defineCounter("tagenal_broker_events_total", "Events that were published.");
const queueEvents = defineGauge(
  "tagenal_broker_queue_events",
  "Events on their way to a Trigger's subscriber, those between two attempts included.",
);
const queueOldest = defineGauge(
  "tagenal_broker_queue_oldest_seconds",
  "How long the oldest event has been on its way.",
);

/** Events carry ids, not blobs; Knative's own brokers take about as much. */
const LARGEST_EVENT_BYTES = 1024 * 1024;

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_EVENT_BYTES)
      throw new Problem("too-large", `an event may have at most ${LARGEST_EVENT_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const flatten = ({ headers }: IncomingMessage): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(",") : value,
    ]),
  );

export const createIngress = (
  brokers: ReadonlySet<string>,
  dispatch: Dispatch,
  log: Log,
): Server => {
  let accepted = 0;
  let refused = 0;

  const readGauges = (): Promise<string> => {
    const lanes = Object.entries(dispatch.stats());
    queueEvents(lanes.map(([trigger, { pending: value }]) => ({ labels: { trigger }, value })));
    queueOldest(
      lanes.map(([trigger, { oldestSeconds: value }]) => ({ labels: { trigger }, value })),
    );
    return readMetrics();
  };

  const take = async (request: IncomingMessage, path: string): Promise<Reply> => {
    const allow = "POST, OPTIONS";
    if (request.method === "OPTIONS") return { status: 200, headers: { allow } };
    if (request.method !== "POST")
      throw new Problem("method-not-allowed", "events are posted", { headers: { allow } });
    const broker = path.replace(/^\/|\/$/g, "");
    if (!brokers.has(broker)) throw new Problem("not-found", `there is no broker ${broker}`);
    dispatch.accept(broker, readEvent(flatten(request), await readBody(request)));
    accepted += 1;
    events({ outcome: "accepted" });
    return { status: 202 };
  };

  const answer = async (request: IncomingMessage): Promise<Reply> => {
    const [path = "/"] = (request.url ?? "/").split("?");
    if (path === "/healthz") return { status: 200, body: { status: "ok" } };
    if (path === "/metrics")
      return { status: 200, body: await readGauges(), headers: { "content-type": METRICS_TYPE } };
    if (path === "/stats")
      return { status: 200, body: { accepted, refused, triggers: dispatch.stats() } };
    try {
      return await take(request, path);
    } catch (error) {
      refused += 1;
      events({ outcome: "refused" });
      throw error;
    }
  };

  return createServer((request, response) => {
    respond(response, log, () => answer(request)).catch(() => response.destroy());
  });
};
