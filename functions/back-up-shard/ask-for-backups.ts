/** The tick: asks for a backup of each shard; one that is busy is left to the next tick. */
import { backupRequested } from "#events/tablet-requests.ts";
import { type ClusterView, pickForBackup, shardName } from "#shared/cluster-view.ts";
import type { Log } from "#shared/log.ts";
import type { ToEvent } from "#shared/operation-kit.ts";
import type { Operations } from "#shared/operations.ts";
import { STEP } from "#shared/procedure.ts";
import { backUpStored } from "#shared/tablet-requests.ts";

export interface AskForBackupsDeps {
  readonly readView: () => Promise<ClusterView>;
  readonly operations: Pick<Operations, "create">;
  readonly toEvent: ToEvent;
  readonly log: Log;
}

export const createAskForBackups =
  ({ readView, operations, toEvent, log }: AskForBackupsDeps) =>
  async (): Promise<void> => {
    const view = await readView();
    for (const shard of new Set(view.tablets.map(shardName))) {
      const tablet = pickForBackup(view, shard);
      if (tablet === undefined) {
        log.warn({ shard }, "no tablet can be spared for a backup");
        continue;
      }
      await operations.create({
        kind: "back-up",
        request: backUpStored.parse({ kind: "back-up", shard, tablet }),
        lockName: `shard:${shard}`,
        askedBy: "back-up-shard: every day",
        step: STEP,
        toEvent: (operationId) =>
          toEvent(backupRequested, { subject: operationId, data: { operationId } }),
      });
    }
  };
