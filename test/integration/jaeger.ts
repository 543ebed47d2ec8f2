/** Traces of a test cluster. */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { readTrace, type Span } from "#shared/jaeger.ts";
import type { TestCluster } from "./cluster.ts";

/** The header of a caller whose trace is to be recorded. */
export const newTrace = (): { readonly traceId: string; readonly traceparent: string } => {
  const traceId = randomBytes(16).toString("hex");
  return { traceId, traceparent: `00-${traceId}-${randomBytes(8).toString("hex")}-01` };
};

export const createJaeger = async ({ home }: TestCluster) => {
  const { jaeger } = z
    .object({ jaeger: z.object({ query: z.number() }) })
    .parse(JSON.parse(await readFile(join(home, "cluster.json"), "utf8")));
  return {
    /** Spans come in batches, from each process in its own time. */
    readUntil: async (traceId: string, isWhole: (spans: Span[]) => boolean): Promise<Span[]> => {
      const deadline = Date.now() + 20_000;
      for (;;) {
        const spans = await readTrace(jaeger.query, traceId);
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
