/** Views of clusters for tests of decisions: a shard as a short list of tablets. */
import type { ClusterView, TabletView } from "#shared/cluster-view.ts";
import type { ManagedTablet } from "#shared/tablets-port.ts";

const SHARD = { keyspace: "tagenal", shard: "-80" };

const aliasOf = (name: string): string => {
  const [cell = "", uid = ""] = name.split("-");
  return `${cell}-${uid.padStart(10, "0")}`;
};

/** A healthy replica, unless it is said otherwise. */
export const tablet = (name: string, more: Partial<TabletView> = {}): TabletView => ({
  ...SHARD,
  name,
  alias: aliasOf(name),
  dataCenter: name.split("-")[0] ?? "",
  type: "REPLICA",
  isServing: true,
  isReplicating: more.type !== "PRIMARY",
  lag: more.type === "PRIMARY" ? null : 0,
  primarySince: more.type === "PRIMARY" ? 0 : null,
  webAddress: "127.0.0.1:1",
  ...more,
});

export const primary = (name: string): TabletView => tablet(name, { type: "PRIMARY" });

export const managed = (name: string, more: Partial<ManagedTablet> = {}): ManagedTablet => ({
  ...SHARD,
  name,
  alias: aliasOf(name),
  dataCenter: name.split("-")[0] ?? "",
  madeBy: null,
  isLeaving: false,
  isEmptying: false,
  isFenced: false,
  trouble: null,
  ...more,
});

/** All of them managed, unless it is said otherwise. */
export const toView = (
  tablets: readonly TabletView[],
  others: readonly ManagedTablet[] = [],
): ClusterView => ({
  at: 60_000,
  tablets,
  managed: [
    ...tablets
      .filter(({ name }) => !others.some((other) => other.name === name))
      .map(({ name }) => managed(name)),
    ...others,
  ],
});

/** The first shard as it is after `up`. */
export const usual = [primary("beijing-101"), tablet("beijing-102"), tablet("hongkong-103")];
