/** What a caller asks for with a load, and what a plan of it found. */
import { z } from "zod";
import { isSource, SOURCE } from "./staging.ts";

export const loadRequest = z.strictObject({
  kind: z.literal("load"),
  source: z
    .string()
    .refine(isSource, "must be a source that POST /v1/uploads answered, such as uploads/0123…")
    .meta({ pattern: SOURCE.source }),
  /** Rows that may be rejected; one more, and nothing is loaded. */
  maxErrors: z.int().min(0).default(0),
  /** What to do with a row whose key the database has with other content. */
  onConflict: z.enum(["fail", "skip", "update"]).default("fail"),
  /** The files that articles name have to be in the object store; a missing one is a reject. */
  checkMedia: z.boolean().default(false),
  /** Whether what is stored is compared with the input at the end. */
  verify: z.enum(["on", "off"]).default("on"),
  /** Beside readers a load takes its time, unless it is asked not to. */
  pace: z.enum(["readers-first", "full"]).default("readers-first"),
  /** Only find out what the load would do. */
  dryRun: z.boolean().default(false),
});

export type LoadRequest = z.infer<typeof loadRequest>;
export type OnConflict = LoadRequest["onConflict"];

/** Chunks of one load that are worked on at once. */
export const MAX_IN_FLIGHT = 6;

/** What planning leaves in the operation's progress for those who come after it. */
export interface PlanSummary {
  readonly files: number;
  readonly records: number;
  readonly rejected: number;
  readonly repeated: number;
  readonly skipped: number;
  readonly updated: number;
  readonly chunks: number;
  /** Rows to be loaded. */
  readonly rows: number;
  /** It makes the rows of the derived tables itself. */
  readonly derives: boolean;
  readonly seconds: number;
}
