/** What the operations on tablets and shards are asked with. */
import { z } from "zod";

const name = z.string().regex(/^[a-z]+-\d{1,10}$/, "not a tablet's name, such as beijing-101");
/** As keyspace/shard; the keyspace may be left out where it is `tagenal`. */
const shard = z
  .string()
  .regex(/^([a-z_]+\/)?([0-9a-f]*-[0-9a-f]*|0)$/, "not a shard, such as tagenal/-80")
  .transform((given) => (given.includes("/") ? given : `tagenal/${given}`));
const dataCenter = z.enum(["beijing", "hongkong"]);

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

export const migrateShard = z.strictObject({
  kind: z.literal("migrate"),
  shard,
  /** The data center that is to be its home. */
  to: dataCenter,
  /** The shard's name once more. */
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
export const migrateStored = migrateShard.extend({ shard: z.string() });
export const healStored = healTablet.extend({ shard: z.string() });
