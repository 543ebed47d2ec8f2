/** What comes next for a backup of a shard. Pure. */
import { type ClusterView, inShard, pickForBackup } from "#shared/cluster-view.ts";
import type { Decision } from "#shared/procedure.ts";
import { toBackupTime } from "#shared/shard-backups.ts";

export type BackupAction =
  | { readonly kind: "back-up"; readonly alias: string }
  /** One that is older than those to be kept. */
  | { readonly kind: "remove"; readonly name: string };

export interface BackupView extends ClusterView {
  /** Names of the shard's whole backups, the oldest first. */
  readonly backups: readonly string[];
}

/** So many are kept of each shard. */
export const KEPT_BACKUPS = 3;

export const decideBackup = (
  {
    shard,
    tablet,
    createdAt,
  }: { readonly shard: string; readonly tablet: string; readonly createdAt: number },
  view: BackupView,
): Decision<BackupAction> => {
  // Names have whole seconds.
  const since = Math.floor(createdAt / 1_000) * 1_000;
  const made = view.backups.filter((name) => (toBackupTime(name) ?? 0) >= since);
  const newest = made.at(-1);
  const own = inShard(view, shard);
  const busy = own.find(({ type }) => type === "BACKUP");
  const phase = "back up";
  if (busy !== undefined) return { kind: "wait", phase, next: `${busy.name} copies its files` };
  if (newest !== undefined) {
    const [old] = view.backups.slice(0, -KEPT_BACKUPS);
    if (old !== undefined)
      return { kind: "act", phase: "clear", action: { kind: "remove", name: old } };
    return { kind: "done", result: { shard, backup: newest, tablet } };
  }
  // It may have become primary, or have gone, since it was chosen.
  const asked = own.find(({ name, type }) => name === tablet && type !== "PRIMARY");
  const found = asked ?? own.find(({ name }) => name === pickForBackup(view, shard));
  if (found === undefined)
    return { kind: "wait", phase, next: `${shard} has no replica that could be spared` };
  return { kind: "act", phase, action: { kind: "back-up", alias: found.alias } };
};
