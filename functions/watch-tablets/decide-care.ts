/** Which tablets need somebody, and what for. Pure. */
import {
  type ClusterView,
  findBefore,
  inShard,
  shardName,
  type TabletView,
} from "#shared/cluster-view.ts";
import type { OperationState } from "#shared/operation-state.ts";
import type { ManagedTablet } from "#shared/tablets-port.ts";

/** An operation that made one of the tablets, and how it stands. */
export interface MakingOperation {
  readonly id: string;
  readonly kind: string;
  readonly state: OperationState;
}

export type Care =
  | { readonly kind: "heal"; readonly tablet: string; readonly shard: string; readonly why: string }
  /** Left behind by an operation that did not come to its end. */
  | { readonly kind: "remove"; readonly tablet: string }
  /** Only its record is left. */
  | { readonly kind: "forget"; readonly alias: string };

/** vtorc mends a replica that only lost its source within seconds; longer, and it cannot. */
export const PATIENCE_MS = 20_000;

/** In words, what is wrong with a tablet; undefined where nothing is. */
const findTrouble = (
  tablet: TabletView | undefined,
  managed: ManagedTablet,
): string | undefined => {
  // Who was fenced off waits for somebody to heal or drop it.
  if (managed.isFenced) return undefined;
  if (managed.trouble !== null) return `it does not come up: ${managed.trouble}`;
  if (tablet === undefined || tablet.type === "PRIMARY") return undefined;
  if (tablet.type === "DRAINED") return "it was taken out of service";
  if (tablet.type === "REPLICA" && !tablet.isReplicating) return "it does not follow its primary";
  return undefined;
};

/** Tablets that have ended; where nobody is managed, nothing is known of that. */
const findRecordsLeft = ({ tablets, managed }: ClusterView): TabletView[] =>
  managed.length === 0
    ? []
    : tablets.filter(
        ({ alias, isServing, type }) =>
          !(isServing || type === "PRIMARY" || managed.some((one) => one.alias === alias)),
      );

/** Names of all that are in trouble. */
export const listTroubled = (view: ClusterView): string[] => [
  ...view.managed
    .filter((one) =>
      findTrouble(
        view.tablets.find(({ alias }) => alias === one.alias),
        one,
      ),
    )
    .map(({ name }) => name),
  ...findRecordsLeft(view).map(({ name }) => name),
];

const leftBehind = (
  managed: ManagedTablet,
  tablet: TabletView | undefined,
  operations: readonly MakingOperation[],
): boolean => {
  // One operation may make several, as id/1, id/2.
  const maker = operations.find(({ id }) => id === managed.madeBy?.split("/")[0]);
  if (maker === undefined || maker.kind === "heal-tablet") return false;
  const isUnfinished = maker.state === "failed" || maker.state === "cancelled";
  return isUnfinished && tablet?.isServing !== true;
};

export interface Watched {
  readonly view: ClusterView;
  readonly operations: readonly MakingOperation[];
  /** Since when each tablet is in trouble, by name, in milliseconds since 1970. */
  readonly since: ReadonlyMap<string, number>;
  readonly now: number;
}

const careFor = (watched: Watched, managed: ManagedTablet): Care[] => {
  const { view, operations, since, now } = watched;
  if (managed.isLeaving || managed.isEmptying) return [];
  const tablet = view.tablets.find(({ alias }) => alias === managed.alias);
  if (leftBehind(managed, tablet, operations))
    // One whose turn it is not yet is left to a later tick.
    return findBefore(view, managed.name) ? [] : [{ kind: "remove", tablet: managed.name }];
  const why = findTrouble(tablet, managed);
  if (why === undefined) return [];
  const shard = shardName(managed);
  // Whoever has no primary to copy from or to follow is not to be thrown away.
  const hasPrimary = inShard(view, shard).some(
    ({ type, isServing }) => type === "PRIMARY" && isServing,
  );
  const began = since.get(managed.name) ?? now;
  const isSure = tablet?.type === "DRAINED" || now - began >= PATIENCE_MS;
  return hasPrimary && isSure ? [{ kind: "heal", tablet: managed.name, shard, why }] : [];
};

export const decideCare = (watched: Watched): Care[] => {
  const { view, since, now } = watched;
  const records = findRecordsLeft(view)
    .filter(({ name }) => now - (since.get(name) ?? now) >= PATIENCE_MS)
    .map(({ alias }): Care => ({ kind: "forget", alias }));
  return [...view.managed.flatMap((managed) => careFor(watched, managed)), ...records];
};
