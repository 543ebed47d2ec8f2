/** What query-sql takes and answers. */
import { z } from "zod";
import type { Described } from "#shared/api-description.ts";
import { sqlRequest } from "./query-sql.ts";

const answer = z
  .strictObject({
    columns: z.array(z.strictObject({ name: z.string(), type: z.string() })),
    rows: z
      .array(z.array(z.unknown()))
      .describe("large numbers, decimals and times as texts, bytes as 0x…"),
    isCut: z.boolean().describe("there are more rows"),
    milliseconds: z.number().describe("until the rows were there"),
    plan: z.unknown().describe("vtgate's VEXPLAIN PLAN; null where there is none"),
    queries: z
      .array(z.strictObject({ keyspace: z.string(), shard: z.string(), sql: z.string() }))
      .describe("what was sent to which shard"),
    shards: z.array(z.string()).describe("those that were asked, as keyspace/shard"),
  })
  .meta({ id: "SqlAnswer" });

export const described: readonly Described[] = [
  {
    ...{ method: "POST", path: "/v1/queries", id: "querySql", tag: "servers", auth: "operate" },
    summary: "One SQL statement that only reads",
    description:
      "SELECT, SHOW, EXPLAIN and VEXPLAIN, in a read-only transaction through vtgate, for at most 10 s.",
    body: { schema: sqlRequest.meta({ id: "SqlRequest" }) },
    answers: { 200: { description: "rows, plan and shards", schema: answer } },
    problems: [400, 422],
  },
];
