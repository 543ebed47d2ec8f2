/** A shard that becomes two: what is known of it, what can be done for it, and what is seen of it. Pure. */
import type { AddTablet } from "./decide-join.ts";
import type { Decision } from "./procedure.ts";
import { isDerived, type SplitView, type StreamView } from "./split-view.ts";
import type { Switch } from "./vtctld-workflows.ts";

export interface Split {
  /** The operation. */
  readonly id: string;
  readonly keyspace: string;
  readonly source: string;
  readonly targets: readonly string[];
  readonly workflow: string;
  /** The data center where the halves are at home. */
  readonly home: string;
  /** Where each half has a standby. */
  readonly away: string;
  /** The old shard is kept until then, so that the split can be undone. Milliseconds since 1970. */
  readonly keepUntil: number;
}

export type SplitAction =
  | AddTablet
  | { readonly kind: "elect"; readonly shard: string; readonly to: string }
  | { readonly kind: "copy" | "discard" | "compare" | "complete" }
  | {
      readonly kind: "switch";
      readonly what: Switch["what"];
      readonly direction: Switch["direction"];
    }
  /** Streams on these shards that come from others: stopped and put aside. */
  | { readonly kind: "park"; readonly streams: readonly StreamView[] }
  | { readonly kind: "unpark"; readonly on: string }
  | { readonly kind: "forget-parked"; readonly on: readonly string[] }
  | { readonly kind: "adopt"; readonly on: string; readonly stream: StreamView }
  | { readonly kind: "start" | "stop"; readonly on: readonly string[] }
  /** Lets streams on one shard read servers that do not serve any more; all at once, as they leave together. */
  | { readonly kind: "reach"; readonly streams: readonly StreamView[] }
  /** Lets streams that stopped at different positions all stop at the last of them. */
  | { readonly kind: "line-up"; readonly streams: readonly StreamView[] }
  | { readonly kind: "remove"; readonly names: readonly string[] }
  | { readonly kind: "forget"; readonly alias: string }
  | { readonly kind: "forget-shard"; readonly shard: string };

export type Next = Decision<SplitAction> | undefined;

export const fullName = ({ keyspace }: Split, shard: string): string => `${keyspace}/${shard}`;

export const isServing = ({ shards }: SplitView, shard: string): boolean =>
  shards.some(({ name, isServing: serves }) => name === shard && serves);

/** All of the halves serve, and the shard does not any more. */
export const isSwitched = ({ source, targets }: Split, view: SplitView): boolean =>
  targets.every((target) => isServing(view, target)) && !isServing(view, source);

export const derivedOn = (view: SplitView, shards: readonly string[]): StreamView[] =>
  view.streams.filter((stream) => isDerived(stream) && shards.includes(stream.on));

export const isRunning = ({ state, isCopying }: StreamView): boolean =>
  state === "Running" && !isCopying;

/** Streams of the copy itself. */
export const copyStreams = ({ workflow, targets }: Split, { streams }: SplitView): StreamView[] =>
  streams.filter((one) => one.workflow === workflow && targets.includes(one.on));
