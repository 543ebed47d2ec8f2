/** The derived streams, and what a large load derives itself, as functions put them together. */
import { createDerivedCounts, type DerivedCounts } from "./derived-counts.ts";
import { createDeriveMissing } from "./derived-rows.ts";
import {
  createDerivedStreams,
  type DerivedStreams,
  type DerivedStreamsDeps,
} from "./derived-streams.ts";
import { createVtctld } from "./vtctld.ts";
import type { Vtgate } from "./vtgate.ts";

export interface StreamKit {
  readonly streams: DerivedStreams;
  readonly counts: DerivedCounts;
}

export const createStreamKit = (
  { global, shard, shards: readShards }: Pick<Vtgate, "global" | "shard" | "shards">,
  vtctldAddress: string,
  settings: Pick<DerivedStreamsDeps, "rest"> = {},
): StreamKit => {
  const counts = createDerivedCounts({ readShards, shard });
  const deriveMissing = createDeriveMissing({ readShards, shard });
  const vtctld = createVtctld(vtctldAddress);
  const deps = { global, vtctld, counts, deriveMissing, ...settings };
  return { streams: createDerivedStreams(deps), counts };
};
