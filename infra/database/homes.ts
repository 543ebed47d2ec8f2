/**
 * Brings each shard's primary home: whoever elects the first one may have chosen the replica in the
 * other data center.
 */
import { toAlias } from "#shared/tablet-alias.ts";
import type { Vtctl } from "./vtctl.ts";

/** By keyspace and the beginning of the shard's range; an unsharded keyspace has any name for it. */
const homes: Readonly<Record<string, string>> = { "tagenal/80": "hongkong" };
const usualHome = "beijing";

export const findHome = (keyspace: string, shard: string): string =>
  homes[`${keyspace}/${shard.split("-")[0]}`] ?? usualHome;

interface Alias {
  readonly cell: string;
  readonly uid: number;
}

export interface TabletRecord {
  readonly alias: Alias;
  readonly keyspace: string;
  readonly shard: string;
  /** As Vitess spells it: 1 or "PRIMARY" is a primary. */
  readonly type: number | string;
}

export interface Promotion {
  readonly shard: string;
  readonly to: string;
}

export const isPrimary = ({ type }: TabletRecord): boolean => type === 1 || type === "PRIMARY";

/** Pure: which shards' primaries are away, and who at home takes over. */
export const planPromotions = (tablets: readonly TabletRecord[]): readonly Promotion[] =>
  tablets.filter(isPrimary).flatMap(({ keyspace, shard, alias }) => {
    const home = findHome(keyspace, shard);
    if (alias.cell === home) return [];
    const successor = tablets.find(
      (one) => one.keyspace === keyspace && one.shard === shard && one.alias.cell === home,
    );
    return successor === undefined
      ? []
      : [{ shard: `${keyspace}/${shard}`, to: toAlias(successor.alias.cell, successor.alias.uid) }];
  });

const shardOf = ({ keyspace, shard }: TabletRecord): string => `${keyspace}/${shard}`;

/**
 * All shards that the keyspaces have must have a primary by now. For a moment two tablets of one
 * shard may both be known as such.
 */
export const bringPrimariesHome = async (vtctl: Vtctl, shards: number): Promise<void> => {
  const tablets = JSON.parse(await vtctl("GetTablets", "--format", "json")) as TabletRecord[];
  const { size } = new Set(tablets.filter(isPrimary).map(shardOf));
  if (size < shards) throw new Error(`${size} of ${shards} shards have a primary`);
  for (const { shard, to } of planPromotions(tablets))
    await vtctl("PlannedReparentShard", shard, "--new-primary", to);
};
