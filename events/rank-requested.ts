/** Somebody asked for a rank to be made anew; its operation is written. */
import { z } from "zod";
import { defineContract } from "./contract.ts";

export const rankRequested = defineContract("rank.requested", z.object({ operationId: z.guid() }));
