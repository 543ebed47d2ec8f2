/** What the operations on tablets and shards are asked with. */
import { z } from "zod";

const name = z.string().regex(/^[a-z]+-\d{1,10}$/, "not a tablet's name, such as beijing-101");
/** As keyspace/shard; the keyspace may be left out where it is `tagenal`. */
const shard = z
  .string()
  .regex(/^([a-z_]+\/)?([0-9a-f]*-[0-9a-f]*|0)$/, "not a shard, such as tagenal/-80")
  .transform((given) => (given.includes("/") ? given : `tagenal/${given}`));
export const dataCenter = z.enum(["beijing", "hongkong"]);

export const joinTablet = z.strictObject({
  kind: z.literal("join-tablet"),
  dataCenter,
  /** Where it is not given: the shard that needs one most. */
  shard: shard.optional(),
});

export const dropTablet = z.strictObject({
  kind: z.literal("drop-tablet"),
  tablet: name,
  /** The name once more: a drop cannot be taken back. */
  confirm: z.string(),
  /** First let another join in the same data center. */
  replace: z.boolean().default(false),
  /** Even if the shard could then not survive the loss of another server. */
  force: z.boolean().default(false),
});

export const promoteStandby = z.strictObject({
  kind: z.literal("promote-standby"),
  shard,
  /** Where it is not given: the best one. */
  to: name.optional(),
});

export const backUp = z.strictObject({ kind: z.literal("back-up"), shard });

/** A new server that begins with a backup. */
export const restore = z.strictObject({
  kind: z.literal("restore"),
  shard,
  /** Where it is not given: the newest. */
  backup: z.string().min(1).optional(),
  dataCenter: dataCenter.default("beijing"),
});

/** What moves: a shard, or all that belongs to a region or a category. */
export const migrate = z.strictObject({
  kind: z.literal("migrate"),
  shard: shard.optional(),
  region: z.string().optional(),
  category: z.string().optional(),
  /** The data center that is to be its home. */
  to: dataCenter,
  /** Its name once more. */
  confirm: z.string(),
});

export const splitRequest = z.strictObject({
  kind: z.literal("split"),
  shard,
  /** Where the second half begins, in hexadecimal; where it is not given: at a region or category. */
  at: z
    .string()
    .regex(/^([0-9a-f]{2}){1,8}$/, "not the beginning of a keyspace id, such as 40")
    .optional(),
  /** How long the old shard is kept, so that the split can be undone. */
  keepSeconds: z.int().min(0).max(604_800).default(600),
});

export const failOver = z.strictObject({
  kind: z.literal("fail-over-data-center"),
  /** The one that is lost. */
  dataCenter,
  /** Its name once more, where nothing can prove that it writes no more. */
  confirm: z.string().optional(),
});

export const evacuate = z.strictObject({
  kind: z.literal("evacuate"),
  dataCenter,
  /** Its name once more. */
  confirm: z.string(),
});

export const healTablet = z.strictObject({ kind: z.literal("heal-tablet"), tablet: name });

/** What is stored with the operation: the shard, and what was chosen, are settled by then. */
export const joinStored = joinTablet.extend({
  shard: z.string(),
  backup: z.undefined().optional(),
});
export const restoreStored = restore.extend({ shard: z.string(), backup: z.string() });
export const backUpStored = backUp.extend({ shard: z.string(), tablet: name });
export const dropStored = dropTablet.extend({ shard: z.string() });
export const promoteStored = promoteStandby.extend({ shard: z.string(), to: name });
export const splitStored = splitRequest.extend({
  shard: z.string(),
  /** Names of the halves, without the keyspace. */
  targets: z.array(z.string()).length(2),
  /** The data center where the halves are at home, and the one with a standby of each. */
  home: dataCenter,
  away: dataCenter,
});
export const failOverStored = failOver.extend({
  /** By keyspace: its durability policy before, which comes back in the end. */
  durability: z.record(z.string(), z.string()),
  /** What was known of shards that were promoted before the operation could be written. */
  promoted: z.array(z.record(z.string(), z.unknown())).default([]),
});
export const evacuateStored = evacuate;
export const migrateStored = migrate.extend({
  shard: z.string(),
  /** What is cut off its shard first: regions and categories move alone. */
  splits: z
    .array(
      z.object({
        shard: z.string(),
        targets: z.array(z.string()).length(2),
        home: dataCenter,
        away: dataCenter,
      }),
    )
    .default([]),
  /** The shards that move then. */
  moving: z.array(z.string()).min(1),
});
export const healStored = healTablet.extend({ shard: z.string() });
