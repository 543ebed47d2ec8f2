/** Somebody asked for a change of the servers; its operation is written. */
import { z } from "zod";
import { defineContract } from "./contract.ts";

const data = z.object({ operationId: z.guid() });

export const tabletJoinRequested = defineContract("tablet.join-requested", data);
export const tabletDropRequested = defineContract("tablet.drop-requested", data);
export const tabletHealRequested = defineContract("tablet.heal-requested", data);
export const shardMigrationRequested = defineContract("shard.migration-requested", data);
export const shardSplitRequested = defineContract("shard.split-requested", data);
/** What was done of a split is to be taken back. */
export const splitTakeBackRequested = defineContract("shard.split-take-back-requested", data);
export const dataCenterFailoverRequested = defineContract("data-center.failover-requested", data);
export const dataCenterEvacuationRequested = defineContract(
  "data-center.evacuation-requested",
  data,
);
/** Of a migration or an evacuation: a cut that is under way, and servers that came, are to be taken back. */
export const migrationTakeBackRequested = defineContract(
  "shard.migration-take-back-requested",
  data,
);
export const backupRequested = defineContract("backup.requested", data);
export const standbyPromotionRequested = defineContract("standby.promotion-requested", data);
