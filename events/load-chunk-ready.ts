/** A chunk of a load lies in the object store under this address, with this checksum. */
import { z } from "zod";
import { defineContract } from "./contract.ts";

const schema = z.object({
  operationId: z.guid(),
  number: z.int().positive(),
  object: z.string().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

export type LoadChunkReady = z.infer<typeof schema>;

export const loadChunkReady = defineContract("load.chunk-ready", schema);
