/** What show-cluster answers. */
import { z } from "zod";
import { type Described, pageOf } from "#shared/api-description.ts";

const time = z.iso.datetime().nullable();
const figure = z.number().nullable();

const tablet = z
  .strictObject({
    tablet: z.string().describe("such as beijing-101"),
    alias: z.string(),
    dataCenter: z.string(),
    shard: z.string().describe("keyspace/shard"),
    role: z.string().describe("primary, replica, …"),
    state: z.string(),
    stateSince: time.describe("when it was first seen in this state"),
    primarySince: time,
    lagSeconds: figure.describe("behind its primary; null for a primary"),
    isManaged: z.boolean().describe("it can be dropped"),
    queriesPerSecond: z
      .strictObject({ reads: z.number(), writes: z.number() })
      .nullable()
      .describe("over the last 10 s"),
    p99Milliseconds: figure.describe(
      "what 99 of 100 queries took at most, since the last look; at first since it started",
    ),
    connections: figure.describe("to its MySQL"),
    uptimeSeconds: figure.describe("of its MySQL"),
    version: z.string().nullable().describe("of its MySQL"),
    errantGtids: figure.describe("transactions that its primary does not have"),
    cpuPercent: figure.describe("of one core"),
    memoryBytes: figure,
    diskUsedBytes: figure,
    diskFreeBytes: figure,
    lastBackupAt: time.describe("when the newest whole backup of its shard was begun"),
  })
  .meta({ id: "Tablet", description: "A figure that is not known is null." });

const place = {
  table: z.string().describe("as in SQL; media for what lies in the object store"),
  copies: z.int().describe("servers of the data center that have the same"),
  rows: z.int().describe("for media: files"),
  isExact: z.boolean().describe("counted; otherwise InnoDB's own estimate"),
  bytes: z.int().describe("of the table's file"),
};
const placed = z.strictObject({
  ...place,
  shard: z.string(),
  dataCenter: z.string(),
  tablet: z.string().describe("who was asked"),
});
const media = z.strictObject({
  ...place,
  ...{ shard: z.null(), dataCenter: z.null(), tablet: z.null() },
  countedAt: z.iso.datetime(),
});

const placement = z
  .strictObject({
    at: z.iso.datetime(),
    items: z.array(z.union([placed, media])),
    shards: z.array(
      z.strictObject({
        shard: z.string(),
        primary: z.string().nullable(),
        rows: z.int().describe("of the primary, all tables together"),
        bytes: z.int(),
        queriesPerSecond: z.number().describe("of all servers of the shard, over the last 10 s"),
      }),
    ),
    findings: z.array(
      z.strictObject({
        kind: z.enum(["skew", "hot", "unknown"]),
        shard: z.string(),
        says: z.string().describe("in words"),
      }),
    ),
    next: z.null(),
  })
  .meta({ id: "Placement" });

export const described: readonly Described[] = [
  {
    ...{ method: "GET", path: "/v1/tablets", id: "listTablets", tag: "servers" },
    summary: "The database servers",
    answers: { 200: { description: "all of them", schema: pageOf(tablet) } },
    problems: [400],
  },
  {
    ...{ method: "GET", path: "/v1/placement", id: "showPlacement", tag: "servers" },
    summary: "Where the data is: rows and bytes by table, shard and data center",
    description: "Figures are at most some seconds old.",
    answers: { 200: { description: "all of it", schema: placement } },
    problems: [400],
  },
];
