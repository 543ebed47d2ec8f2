/**
 * What one kind of event promises: its type and the shape of its data. A shape is never changed
 * once events of it may lie somewhere: a new version is a new file, with its number here.
 */
import type { z } from "zod";

export interface Contract<T> {
  /** Such as dev.tagenal.load.chunk-ready.v1. */
  readonly type: string;
  /** Throws UnfitData. */
  parse(data: unknown): T;
}

/** The data of an event is not what its contract says. Never mended by a retry. */
export class UnfitData extends Error {
  override readonly name = "UnfitData";
  /** Where in the data, such as rows.3.uid; empty for the whole. */
  readonly field: string;

  constructor(type: string, field: string, reason: string) {
    super(`${type}: ${field === "" ? "data" : field}: ${reason}`);
    this.field = field;
  }
}

export const defineContract = <S extends z.ZodType>(
  fact: `${string}.${string}`,
  schema: S,
  version = 1,
): Contract<z.infer<S>> => {
  const type = `dev.tagenal.${fact}.v${version}`;
  return {
    type,
    parse: (data) => {
      const result = schema.safeParse(data);
      if (result.success) return result.data;
      const [issue] = result.error.issues;
      throw new UnfitData(type, issue?.path.join(".") ?? "", issue?.message ?? "unfit");
    },
  };
};

/** The tick of a PingSource. Its data is whatever the source was told to send: nobody reads it. */
export const ping: Contract<undefined> = {
  type: "dev.knative.sources.ping",
  parse: () => undefined,
};
