/** Somebody asked for a load; its operation is written. */
import { z } from "zod";
import { defineContract } from "./contract.ts";

export const loadRequested = defineContract("load.requested", z.object({ operationId: z.guid() }));
