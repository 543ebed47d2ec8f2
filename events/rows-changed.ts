/** Rows were written, moved or removed: whoever keeps answers made of them has to ask anew. */
import { z } from "zod";
import { defineContract } from "./contract.ts";

const keys = z.array(z.int().min(0)).min(1);

const schema = z.object({
  changes: z
    .array(
      z.discriminatedUnion("table", [
        /** Without keys: any of the table. */
        z.object({ table: z.literal("users"), uids: keys.optional() }),
        z.object({ table: z.literal("articles"), aids: keys.optional() }),
        /** Of these users and of these articles. */
        z.object({ table: z.literal("reads"), uids: keys.optional(), aids: keys.optional() }),
        /** Such as daily-2018-05-01. */
        z.object({ table: z.literal("ranks"), ids: z.array(z.string()).min(1) }),
      ]),
    )
    .min(1),
});

export type RowsChanged = z.infer<typeof schema>;
export type Change = RowsChanged["changes"][number];

export const rowsChanged = defineContract("rows.changed", schema);
