/** Traces as Jaeger tells them. */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { TestCluster } from "./cluster.ts";

const answer = z.object({
  data: z
    .array(
      z.object({
        spans: z.array(
          z.object({
            spanID: z.string(),
            operationName: z.string(),
            processID: z.string(),
            references: z.array(z.object({ spanID: z.string() })),
            tags: z.array(z.object({ key: z.string(), value: z.unknown() })),
          }),
        ),
        processes: z.record(
          z.string(),
          z.object({
            serviceName: z.string(),
            tags: z.array(z.object({ key: z.string(), value: z.unknown() })).default([]),
          }),
        ),
      }),
    )
    .nullable(),
});

export interface Span {
  readonly id: string;
  readonly parent: string | undefined;
  /** Who emitted it. */
  readonly service: string;
  /** Of the SDK that emitted it: nodejs, go. */
  readonly language: unknown;
  readonly name: string;
  readonly tags: Readonly<Record<string, unknown>>;
}

const toRecord = (tags: readonly { key: string; value?: unknown }[]) =>
  Object.fromEntries(tags.map(({ key, value }) => [key, value]));

/** The header of a caller whose trace is to be recorded. */
export const newTrace = (): { readonly traceId: string; readonly traceparent: string } => {
  const traceId = randomBytes(16).toString("hex");
  return { traceId, traceparent: `00-${traceId}-${randomBytes(8).toString("hex")}-01` };
};

export const createJaeger = async ({ home }: TestCluster) => {
  const { jaeger } = z
    .object({ jaeger: z.object({ query: z.number() }) })
    .parse(JSON.parse(await readFile(join(home, "cluster.json"), "utf8")));
  const read = async (traceId: string): Promise<Span[]> => {
    const response = await fetch(`http://127.0.0.1:${jaeger.query}/api/traces/${traceId}`);
    const { data } = answer.parse(await response.json());
    return (data ?? []).flatMap(({ spans, processes }) =>
      spans.map(({ spanID, operationName, processID, references, tags }) => ({
        id: spanID,
        parent: references[0]?.spanID,
        service: processes[processID]?.serviceName ?? "",
        language: toRecord(processes[processID]?.tags ?? [])["telemetry.sdk.language"],
        name: operationName,
        tags: toRecord(tags),
      })),
    );
  };
  return {
    /** Spans come in batches, from each process in its own time. */
    readUntil: async (traceId: string, isWhole: (spans: Span[]) => boolean): Promise<Span[]> => {
      const deadline = Date.now() + 20_000;
      for (;;) {
        const spans = await read(traceId);
        if (isWhole(spans) || Date.now() > deadline) return spans;
        await sleep(200);
      }
    },
  };
};

/** From the outermost span to this one. */
export const pathTo = (spans: readonly Span[], span: Span): Span[] => {
  const parent = spans.find(({ id }) => id === span.parent);
  return parent === undefined ? [span] : [...pathTo(spans, parent), span];
};
