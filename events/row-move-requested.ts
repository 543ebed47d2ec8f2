/** Somebody gave a user another region or an article another category; the operation is written. */
import { z } from "zod";
import { defineContract } from "./contract.ts";

export const rowMoveRequested = defineContract(
  "row.move-requested",
  z.object({ operationId: z.guid() }),
);
