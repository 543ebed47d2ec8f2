/** Somebody cancelled a load and wants what it has loaded removed. */
import { z } from "zod";
import { defineContract } from "./contract.ts";

export const loadRemovalRequested = defineContract(
  "load.removal-requested",
  z.object({ operationId: z.guid() }),
);
