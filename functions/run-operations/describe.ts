/** What run-operations takes and answers. */
import { z } from "zod";
import { type Described, pageOf, pathParameter, queryParameter } from "#shared/api-description.ts";
import { cursorParameter, limitParameter } from "#shared/describe-fields.ts";
import { loadRequest } from "#shared/load-request.ts";
import { operationStates } from "#shared/operation-state.ts";
import { rankRequest } from "#shared/rank-request.ts";
import { manifest, SOURCE } from "#shared/staging.ts";
import {
  backUp,
  dropTablet,
  evacuate,
  failOver,
  healTablet,
  joinTablet,
  migrate,
  promoteStandby,
  restore,
  splitRequest,
} from "#shared/tablet-requests.ts";
import { cancellation, UUID } from "./run-operations.ts";

export const operationRequest = z
  .discriminatedUnion("kind", [
    loadRequest,
    rankRequest,
    joinTablet,
    dropTablet,
    promoteStandby,
    migrate,
    splitRequest,
    failOver,
    evacuate,
    healTablet,
    backUp,
    restore,
  ])
  .meta({ id: "OperationRequest" });

const json = z.record(z.string(), z.unknown());

const summary = z.strictObject({
  id: z.string(),
  serial: z.int().min(0),
  kind: z.string(),
  state: z.enum(operationStates),
  request: json,
  progress: json,
  result: json.nullable(),
  problem: json.nullable(),
  askedBy: z.string(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

const step = z.strictObject({
  name: z.string(),
  startedAt: z.iso.datetime(),
  seconds: z.number(),
  isDone: z.boolean(),
});

const whole = summary
  .extend({
    steps: z.array(step),
    next: z.string().optional().describe("what comes next, in words"),
    links: z.strictObject({ rejects: z.url().optional() }),
    isNew: z.boolean().optional(),
  })
  .meta({ id: "Operation" });

const plan = z.strictObject({
  kind: z.string(),
  canRun: z.boolean(),
  reasons: z.array(z.string()),
  plan: json,
});

const uploads = z.strictObject({
  source: z.string().regex(SOURCE),
  files: z.array(
    z.strictObject({
      name: z.string(),
      url: z.url(),
      headers: z.record(z.string(), z.string()),
    }),
  ),
  validSeconds: z.int(),
});

const tag = "operations";
const base = "/v1/operations";
const id = pathParameter("id", { type: "string", pattern: UUID.source });

const control = (verb: "pause" | "resume", text: string): Described => ({
  ...{ method: "POST", path: `${base}/:id/${verb}`, id: `${verb}Operation`, tag, auth: "operate" },
  summary: text,
  parameters: [id],
  answers: { 202: { description: "the operation as it is now", schema: whole } },
  problems: [400, 404, 409],
});

export const described: readonly Described[] = [
  {
    ...{ method: "POST", path: "/v1/uploads", id: "announceUploads", tag, auth: "operate" },
    summary: "Addresses to which the files of a load can be sent",
    body: { schema: manifest.meta({ id: "Manifest" }) },
    answers: { 201: { description: "where to PUT each file", schema: uploads } },
    problems: [400],
  },
  {
    ...{ method: "POST", path: base, id: "requestOperation", tag, auth: "operate" },
    summary: "Asks for an operation",
    parameters: [
      queryParameter(
        "dryRun",
        { type: "string", enum: ["true", "false"] },
        "true: only say what it would do, and whether it can run",
      ),
    ],
    body: { schema: operationRequest },
    answers: {
      200: { description: "the plan, with dryRun=true", schema: plan },
      202: { description: "it is written and will be done", schema: whole, headers: ["Location"] },
    },
    problems: [400, 409],
  },
  {
    ...{ method: "GET", path: base, id: "listOperations", tag },
    summary: "Operations, the newest first",
    parameters: [
      queryParameter("kind", { type: "string", minLength: 1 }, "of this kind"),
      queryParameter("state", { type: "string", enum: operationStates }, "in this state"),
      ...[limitParameter, cursorParameter],
    ],
    answers: { 200: { description: "a page of operations", schema: pageOf(summary) } },
    problems: [400],
  },
  {
    ...{ method: "GET", path: `${base}/:id`, id: "getOperation", tag },
    summary: "One operation, with its steps and its progress",
    parameters: [id],
    answers: { 200: { description: "the operation", schema: whole } },
    problems: [400, 404],
  },
  {
    ...{ method: "POST", path: `${base}/:id/cancel`, id: "cancelOperation", tag, auth: "operate" },
    summary:
      "Ends an operation; what a load has loaded is kept, or removed again; a split is undone",
    parameters: [id],
    body: { schema: cancellation, isOptional: true },
    answers: { 202: { description: "the operation as it is now", schema: whole } },
    problems: [400, 404, 409],
  },
  control("pause", "Lets an operation rest"),
  control("resume", "Lets a paused operation go on"),
  {
    ...{ method: "POST", path: `${base}/:id/undo`, id: "undoOperation", tag, auth: "operate" },
    summary: "Takes back what a split has done, as long as the old shard is kept",
    parameters: [id],
    answers: { 202: { description: "the operation as it is now", schema: whole } },
    problems: [400, 404, 409],
  },
];
