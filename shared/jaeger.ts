/** Traces as Jaeger tells them. */
import { z } from "zod";

const tags = z.array(z.object({ key: z.string(), value: z.unknown() }));

/** What Jaeger answers for one trace, and for several. */
export const traceAnswer = z.object({
  data: z
    .array(
      z.object({
        traceID: z.string(),
        spans: z.array(
          z.object({
            spanID: z.string(),
            operationName: z.string(),
            processID: z.string(),
            references: z.array(z.object({ spanID: z.string() })),
            startTime: z.number(),
            duration: z.number(),
            tags,
          }),
        ),
        processes: z.record(z.string(), z.object({ serviceName: z.string() })),
      }),
    )
    .nullable(),
});

export interface Span {
  readonly id: string;
  readonly parent: string | undefined;
  /** Who emitted it. */
  readonly service: string;
  readonly name: string;
  /** Microseconds since 1970. */
  readonly start: number;
  readonly microseconds: number;
  readonly tags: Readonly<Record<string, unknown>>;
}

const toRecord = (found: z.infer<typeof tags>): Record<string, unknown> =>
  Object.fromEntries(found.map(({ key, value }) => [key, value]));

export const toSpans = ({ data }: z.infer<typeof traceAnswer>): Span[] =>
  (data ?? []).flatMap(({ spans, processes }) =>
    spans.map(({ spanID, operationName, processID, references, startTime, duration, tags }) => ({
      id: spanID,
      parent: references[0]?.spanID,
      service: processes[processID]?.serviceName ?? "",
      name: operationName,
      start: startTime,
      microseconds: duration,
      tags: toRecord(tags),
    })),
  );

/** As many as have arrived by now; each process sends its own in batches. */
export const readTrace = async (port: number, traceId: string): Promise<Span[]> => {
  const response = await fetch(`http://127.0.0.1:${port}/api/traces/${traceId}`);
  return toSpans(traceAnswer.parse(await response.json()));
};

/** Each span below the one that caused it, in the order in which they began. Pure. */
export const toTree = (
  spans: readonly Span[],
): { readonly depth: number; readonly span: Span }[] => {
  const known = new Set(spans.map(({ id }) => id));
  const below = Map.groupBy(spans, ({ parent }) =>
    parent !== undefined && known.has(parent) ? parent : undefined,
  );
  const walk = (parent: string | undefined, depth: number): ReturnType<typeof toTree> =>
    (below.get(parent) ?? [])
      .toSorted((one, other) => one.start - other.start)
      .flatMap((span) => [{ depth, span }, ...walk(span.id, depth + 1)]);
  return walk(undefined, 0);
};
