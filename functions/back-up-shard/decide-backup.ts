/** What comes next for a backup of a shard. Pure. */
import {
  type ClusterView,
  inShard,
  pickDonor,
  pickForBackup,
  type TabletView,
} from "#shared/cluster-view.ts";
import { noDonor } from "#shared/decide-join.ts";
import type { Decision } from "#shared/procedure.ts";
import { toBackupTime } from "#shared/shard-backups.ts";

export type BackupAction =
  | { readonly kind: "back-up"; readonly alias: string }
  /** Throws its data away and copies it anew. */
  | { readonly kind: "rebuild"; readonly name: string; readonly donor: string }
  /** One that is older than those to be kept. */
  | { readonly kind: "remove"; readonly name: string };

export interface BackupView extends ClusterView {
  /** Names of the shard's whole backups, the oldest first. */
  readonly backups: readonly string[];
  /** Aliases of the tablets that surely are at it, having been asked by this process. */
  readonly begun: ReadonlySet<string>;
  /** Of those that have refused for a while, though they are set to it. */
  readonly stuck: ReadonlySet<string>;
}

export interface ShardBackup {
  /** The operation. */
  readonly id: string;
  /** As keyspace/shard. */
  readonly shard: string;
  /** The one to take it of, if it still can. */
  readonly tablet: string;
  /** In milliseconds since 1970. */
  readonly createdAt: number;
}

const phase = "back up";

/**
 * A tablet that is set to make a backup. Whether it does only its vttablet knows: asked again, it
 * says that it is at it. Where vtctld has ended just as MySQL was being stopped for it, MySQL stays
 * so and nobody mends that: then the tablet is made anew.
 */
const decideBusy = (
  busy: TabletView,
  { id, shard }: ShardBackup,
  view: BackupView,
): Decision<BackupAction> => {
  if (view.begun.has(busy.alias))
    return { kind: "wait", phase, next: `${busy.name} copies its files` };
  if (view.managed.some(({ name, madeBy }) => name === busy.name && madeBy === id))
    return { kind: "wait", phase, next: `${busy.name} is made anew, its backup was cut short` };
  if (!view.stuck.has(busy.alias))
    return { kind: "act", phase, action: { kind: "back-up", alias: busy.alias } };
  const donor = pickDonor(view, shard, busy.dataCenter)?.alias;
  if (donor === undefined) return { kind: "wait", phase, next: noDonor(shard) };
  return { kind: "act", phase, action: { kind: "rebuild", name: busy.name, donor } };
};

/** So many are kept of each shard. */
export const KEPT_BACKUPS = 3;

export const decideBackup = (asked: ShardBackup, view: BackupView): Decision<BackupAction> => {
  const { shard, tablet, createdAt } = asked;
  // Names have whole seconds.
  const since = Math.floor(createdAt / 1_000) * 1_000;
  const made = view.backups.filter((name) => (toBackupTime(name) ?? 0) >= since);
  const newest = made.at(-1);
  const own = inShard(view, shard);
  const busy = own.find(({ type }) => type === "BACKUP");
  if (busy !== undefined) return decideBusy(busy, asked, view);
  if (newest !== undefined) {
    const [old] = view.backups.slice(0, -KEPT_BACKUPS);
    if (old !== undefined)
      return { kind: "act", phase: "clear", action: { kind: "remove", name: old } };
    return { kind: "done", result: { shard, backup: newest, tablet } };
  }
  // It may have become primary, or have gone, since it was chosen.
  const chosen = own.find(({ name, type }) => name === tablet && type === "REPLICA");
  const found = chosen ?? own.find(({ name }) => name === pickForBackup(view, shard));
  if (found === undefined)
    return { kind: "wait", phase, next: `${shard} has no replica that could be spared` };
  return { kind: "act", phase, action: { kind: "back-up", alias: found.alias } };
};
