/** What show-cluster answers. */
import { z } from "zod";
import { type Described, pageOf } from "#shared/api-description.ts";

const tablet = z
  .strictObject({
    tablet: z.string().describe("such as beijing-101"),
    alias: z.string(),
    dataCenter: z.string(),
    shard: z.string().describe("keyspace/shard"),
    role: z.string().describe("primary, replica, …"),
    state: z.string(),
    lagSeconds: z.number().nullable().describe("behind its primary; null for a primary"),
    isManaged: z.boolean().describe("it can be dropped"),
  })
  .meta({ id: "Tablet" });

export const described: readonly Described[] = [
  {
    ...{ method: "GET", path: "/v1/tablets", id: "listTablets", tag: "servers" },
    summary: "The database servers",
    answers: { 200: { description: "all of them", schema: pageOf(tablet) } },
    problems: [400],
  },
];
