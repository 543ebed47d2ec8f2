/** What comes next for a backup of a shard. Pure. */
import type { ClusterView } from "#shared/cluster-view.ts";
import { Problem } from "#shared/problem.ts";
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
  const found = view.tablets.find(({ name }) => name === tablet);
  if (newest !== undefined && found?.type !== "BACKUP") {
    const [old] = view.backups.slice(0, -KEPT_BACKUPS);
    if (old !== undefined)
      return { kind: "act", phase: "clear", action: { kind: "remove", name: old } };
    return { kind: "done", result: { shard, backup: newest, tablet } };
  }
  if (found === undefined)
    return { kind: "fail", problem: new Problem("conflict", `${tablet} is no longer there`) };
  if (found.type === "BACKUP")
    return { kind: "wait", phase: "back up", next: `${tablet} copies its files` };
  return { kind: "act", phase: "back up", action: { kind: "back-up", alias: found.alias } };
};
