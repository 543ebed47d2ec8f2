/** What write-reads takes and answers. */
import { z } from "zod";
import { type Described, idempotencyKey } from "#shared/api-description.ts";
import { toStoredRowSchema } from "#shared/row-schema.ts";
import { reads } from "#shared/tables.ts";
import { batch, newRead } from "./write-reads.ts";

const stored = toStoredRowSchema(reads);

export const described: readonly Described[] = [
  {
    ...{ method: "POST", path: "/v1/reads", id: "createReads", tag: "reads", auth: "reader" },
    summary: "Writes a read, or a batch of up to 1,000",
    description:
      "A read without an id gets one. Of a batch all are written, or those of one shard. With a " +
      "JWT of the scope reader only reads of the user whom its uid names; others are 403.",
    parameters: [idempotencyKey],
    body: { schema: z.union([newRead, batch]) },
    answers: {
      201: {
        description: "what was written; of a batch as {items}",
        schema: z.union([stored, z.strictObject({ items: z.array(stored) })]),
      },
    },
    problems: [400, 409, 422],
  },
];
