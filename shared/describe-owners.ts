/** Describes the verbs of owner-routes.ts: POST, PATCH and DELETE of users or articles. */
import { z } from "zod";
import { type Described, idempotencyKey, ifMatch, pathParameter } from "./api-description.ts";
import { type DirectoryName, directories } from "./directory.ts";
import { placingField } from "./placement.ts";
import { toChangesSchema, toNewRowSchema, toStoredRowSchema } from "./row-schema.ts";
import { tables } from "./tables.ts";

const moving = z.strictObject({ id: z.uuid(), kind: z.literal("move"), state: z.string() });

export const describeOwners = (name: DirectoryName, one: "User" | "Article"): Described[] => {
  const { key } = directories[name];
  const table = tables[name];
  const stored = toStoredRowSchema(table);
  const path = `/v1/${name}/:${key}`;
  const common = { tag: name, auth: "write" } as const;
  return [
    {
      ...{ ...common, method: "POST", path: `/v1/${name}`, id: `create${one}` },
      summary: `Writes a new ${table.table}; its ${key} must be free on all shards`,
      parameters: [idempotencyKey],
      body: { schema: toNewRowSchema(table).meta({ id: `New${one}` }) },
      answers: { 201: { description: "written", schema: stored, headers: ["ETag", "Location"] } },
      problems: [400, 409, 422],
    },
    {
      ...{ ...common, method: "PATCH", path, id: `change${one}` },
      summary: `Changes the fields that it names`,
      description: `Another ${placingField[name]}, which is changed alone, moves it: an operation.`,
      parameters: [pathParameter(key), ifMatch],
      body: { schema: toChangesSchema(table, [key, "id"]).meta({ id: `${one}Changes` }) },
      answers: {
        200: { description: "as it is now", schema: stored, headers: ["ETag"] },
        202: {
          description: "an operation that moves it",
          schema: moving,
          headers: ["Location"],
        },
      },
      problems: [400, 404, 409, 412, 422],
    },
    {
      ...{ ...common, method: "DELETE", path, id: `delete${one}` },
      summary: `Deletes it`,
      parameters: [pathParameter(key), ifMatch],
      answers: { 204: { description: "it is gone" } },
      problems: [400, 404, 409, 412],
    },
  ];
};
