/** What show-cluster answers. */
import { z } from "zod";
import { type Described, pageOf, queryParameter } from "#shared/api-description.ts";
import { cursorParameter, limitParameter } from "#shared/describe-fields.ts";

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
    pod: z
      .strictObject({
        name: z.string(),
        node: z.string().nullable(),
        status: z.string().describe("as kubectl says it"),
        ready: z.int().describe("of its containers"),
        containers: z.int(),
        restarts: z.int().describe("of all its containers"),
      })
      .nullable()
      .describe("on Kubernetes: where it runs"),
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
        shard: z.string().nullable(),
        says: z.string().describe("in words"),
      }),
    ),
    next: z.null(),
  })
  .meta({ id: "Placement" });

const happening = z
  .strictObject({
    at: z.iso.datetime().describe("when it ended, or was last worked on"),
    begunAt: z.iso.datetime(),
    kind: z.string().describe("such as promotion, join-tablet, back-up, schema-change"),
    state: z.string(),
    shard: z.string().nullable(),
    tablet: z.string().nullable(),
    by: z.string().describe("who, and why where nobody asked for it"),
    says: z.string().describe("in words"),
    operation: z.string().describe("its id"),
  })
  .meta({ id: "Happening" });

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
  {
    ...{ method: "GET", path: "/v1/events", id: "listenToEvents", tag: "servers" },
    summary: "Servers, placement and operations as they change: server-sent events",
    description:
      "Events tablets, placement and operations, each the whole state; trouble, where one of them " +
      "cannot be read; beat, every two seconds. Ends after some minutes: come again.",
    answers: { 200: { description: "a stream of events", types: ["text/event-stream"] } },
    problems: [400],
  },
  {
    ...{ method: "GET", path: "/v1/metrics", id: "showMetrics", tag: "servers" },
    summary: "The same figures as Prometheus reads them",
    answers: { 200: { description: "in Prometheus' text form", types: ["text/plain"] } },
    problems: [400],
  },
  {
    ...{ method: "GET", path: "/v1/history", id: "listHistory", tag: "servers" },
    summary: "What happened to servers and shards, the newest first",
    parameters: [
      queryParameter("kind", { type: "string", minLength: 1 }, "only these, such as promotion"),
      limitParameter,
      cursorParameter,
    ],
    answers: { 200: { description: "a page of it", schema: pageOf(happening) } },
    problems: [400],
  },
];
