/** PingSources: an event by the clock. A tick that finds the queue full is left out. */
import { randomUUID } from "node:crypto";
import { Cron } from "croner";
import type { ParsedEvent } from "#shared/cloud-event.ts";
import type { Log } from "#shared/log.ts";
import type { Dispatch } from "./dispatch.ts";
import type { PingSource } from "./topology.ts";

const toTick = ({ name, namespace, contentType, data, extensions }: PingSource): ParsedEvent => ({
  attributes: {
    specversion: "1.0",
    id: randomUUID(),
    type: "dev.knative.sources.ping",
    source: `/apis/v1/namespaces/${namespace}/pingsources/${name}`,
    time: new Date().toISOString(),
    ...(contentType === undefined ? {} : { datacontenttype: contentType }),
    ...extensions,
  },
  data: data === undefined ? undefined : Buffer.from(data),
});

/** Returns what stops them. */
export const startPingSources = (
  sources: readonly PingSource[],
  dispatch: Dispatch,
  log: Log,
): (() => void) => {
  const jobs = sources.map(
    (source) =>
      new Cron(
        source.schedule,
        {
          ...(source.timezone === undefined ? {} : { timezone: source.timezone }),
          catch: (error: unknown) => log.warn({ source: source.name, err: error }, "no tick"),
        },
        () => dispatch.accept(source.broker, toTick(source)),
      ),
  );
  return () => {
    for (const job of jobs) job.stop();
  };
};
