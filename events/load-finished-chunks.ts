/** All chunks of a load are in the database; what is left is to verify it. */
import { z } from "zod";
import { defineContract } from "./contract.ts";

export const loadFinishedChunks = defineContract(
  "load.finished-chunks",
  z.object({ operationId: z.guid() }),
);
