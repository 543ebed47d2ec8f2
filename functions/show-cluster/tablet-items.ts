/** The servers as the API lists them. Pure. */
import { type ClusterView, shardName } from "#shared/cluster-view.ts";
import { type KnownTablet, listKnown, toState } from "#shared/tablet-state.ts";
import { type Figures, NO_FIGURES } from "./read-figures.ts";

/** What is known beside the view. */
export interface Knowledge {
  /** By alias. */
  readonly figures: ReadonlyMap<string, Figures>;
  /** By name: the state that it was last seen to enter, and when, in milliseconds since 1970. */
  readonly states: ReadonlyMap<string, { readonly state: string; readonly since: number }>;
  /** By shard: when the newest whole backup was begun, in milliseconds since 1970. */
  readonly backups: ReadonlyMap<string, number>;
}

const toTime = (at: number | undefined): string | null =>
  at === undefined ? null : new Date(at).toISOString();

/** Whatever is not known is null. */
const toItem = (known: KnownTablet, { figures, states, backups }: Knowledge) => {
  const { name, alias, dataCenter, seen, managed } = known;
  const shard = shardName(known);
  const state = toState(known);
  const entered = states.get(name);
  const { usage, ...measured } = figures.get(alias) ?? NO_FIGURES;
  return {
    tablet: name,
    alias,
    dataCenter,
    shard,
    role: seen?.type.toLowerCase() ?? "none",
    state,
    // Who has just changed is entered with the next look of watch-tablets.
    stateSince: toTime(entered?.state === state ? entered.since : undefined),
    primarySince: toTime(seen?.primarySince ?? undefined),
    lagSeconds: seen === undefined || seen.type === "PRIMARY" ? null : seen.lag,
    isManaged: managed !== undefined,
    pod: managed?.pod ?? null,
    ...measured,
    cpuPercent: usage?.cpuPercent ?? null,
    memoryBytes: usage?.memoryBytes ?? null,
    diskUsedBytes: usage?.diskUsedBytes ?? null,
    diskFreeBytes: usage?.diskFreeBytes ?? null,
    lastBackupAt: toTime(backups.get(shard)),
  };
};

export type TabletItem = ReturnType<typeof toItem>;

/** By shard, the primary first. */
export const toItems = (view: ClusterView, knowledge: Knowledge): TabletItem[] =>
  listKnown(view)
    .map((known) => toItem(known, knowledge))
    .sort(
      (one, other) =>
        one.shard.localeCompare(other.shard) ||
        Number(other.role === "primary") - Number(one.role === "primary") ||
        one.tablet.localeCompare(other.tablet),
    );
