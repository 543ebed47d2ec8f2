/**
 * Makes the OpenAPI 3.1 document of the API out of what the functions say of their routes
 * (functions/<name>/describe.ts), whose schemas are those that validate.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import {
  type Answer,
  answerHeaders,
  type Described,
  type JsonSchema,
  type Parameter,
} from "#shared/api-description.ts";
import { titleOf } from "#shared/problem.ts";

type Json = Record<string, unknown>;

const functions = join(import.meta.dirname, "../functions");

/** By function; one that answers no HTTP has none. */
export const readDescribed = async (
  names: readonly string[],
): Promise<ReadonlyMap<string, readonly Described[]>> => {
  const found = new Map<string, readonly Described[]>();
  for (const name of names) {
    const file = join(functions, name, "describe.ts");
    if (!existsSync(file)) continue;
    const { described } = (await import(file)) as { described: readonly Described[] };
    found.set(name, described);
  }
  return found;
};

/** Every route may be answered so: what lies between caller and function does it. */
const COMMON = [431, 503, 504];
const WITH_BODY = [413, 415];

const problem = {
  type: "object",
  description: "RFC 9457",
  required: ["type", "title", "status", "detail"],
  properties: {
    type: { type: "string", pattern: "^urn:tagenal:problem:[a-z-]+$" },
    title: { type: "string" },
    status: { type: "integer", minimum: 400, maximum: 599 },
    detail: { type: "string", description: "what is wrong, in words" },
    field: { type: "string", description: "what of the request is to blame" },
  },
} as const;

const toProblem = (status: number): Json => ({
  description: titleOf(status),
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
});

/** Schemas and parameters that are used again and again stand in the document once. */
const createComponents = () => {
  const schemas: Json = { Problem: problem };
  const parameters: Json = {};
  const responses: Json = {};
  return {
    all: { schemas, parameters, responses },
    toSchema: (schema: z.ZodType): JsonSchema => {
      const text = JSON.stringify(z.toJSONSchema(schema, { io: "input" }));
      const {
        $schema: _,
        $defs = {},
        ...rest
      } = JSON.parse(text.replaceAll('"#/$defs/', '"#/components/schemas/')) as Json;
      for (const [name, found] of Object.entries($defs as Json)) {
        const { $id: _id, id: _name, ...named } = found as Json;
        schemas[name] = named;
      }
      return rest;
    },
    toParameter: (tag: string, parameter: Parameter): Json => {
      const base = `${tag}.${parameter.name}`.replaceAll(/[^\w.-]+/g, ".").replace(/\.$/, "");
      const text = JSON.stringify(parameter);
      for (let turn = 1; ; turn += 1) {
        const name = turn === 1 ? base : `${base}.${turn}`;
        parameters[name] ??= parameter;
        if (JSON.stringify(parameters[name]) === text)
          return { $ref: `#/components/parameters/${name}` };
      }
    },
    toProblem: (status: number): Json => {
      responses[`Problem${status}`] ??= toProblem(status);
      return { $ref: `#/components/responses/Problem${status}` };
    },
  };
};

type Components = ReturnType<typeof createComponents>;

const toContent = ({ schema, types }: Answer, { toSchema }: Components): Json => {
  if (schema !== undefined)
    return { content: { "application/json": { schema: toSchema(schema) } } };
  if (types === undefined) return {};
  return { content: Object.fromEntries(types.map((type) => [type, {}])) };
};

const toResponse = (answer: Answer, components: Components): Json => {
  const headers = Object.fromEntries(
    (answer.headers ?? []).map((name) => [
      name,
      { description: answerHeaders[name], schema: { type: "string" } },
    ]),
  );
  return {
    description: answer.description,
    ...(answer.headers === undefined ? {} : { headers }),
    ...toContent(answer, components),
  };
};

/** With {names} in braces, as OpenAPI has them. */
export const toTemplate = (path: string): string => path.replaceAll(/:(\w+)/g, "{$1}");

const toStatuses = ({ auth, body, problems }: Described): number[] => [
  ...problems,
  ...(auth === undefined ? [] : [401, 403, 429]),
  ...(body === undefined ? [] : WITH_BODY),
  ...COMMON,
];

const toOperation = (described: Described, components: Components): Json => {
  const { id, tag, summary, description, auth, parameters, body, answers } = described;
  const answered = Object.entries(answers).map(
    ([status, answer]) => [status, toResponse(answer, components)] as const,
  );
  const refused = toStatuses(described).map(
    (status) => [String(status), components.toProblem(status)] as const,
  );
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(auth === undefined ? {} : { security: [{ bearer: [] }] }),
    ...(parameters === undefined
      ? {}
      : { parameters: parameters.map((one) => components.toParameter(tag, one)) }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: body.isOptional !== true,
            content: { "application/json": { schema: components.toSchema(body.schema) } },
          },
        }),
    responses: Object.fromEntries([...answered, ...refused]),
  };
};

export const toDocument = (described: readonly Described[]): Json => {
  const components = createComponents();
  const paths: Record<string, Json> = {};
  for (const one of described) {
    const path = toTemplate(one.path);
    paths[path] ??= {};
    paths[path][one.method.toLowerCase()] = toOperation(one, components);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Tagenal",
      version: "1",
      description:
        "Users read articles: insert, update and query them, and run the database they are in. " +
        "Times are milliseconds since 1970. Lists answer {items, next}; errors are problems (RFC 9457) that name the field.",
      license: { name: "Apache 2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    paths,
    components: {
      ...components.all,
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description:
            "the cluster's token, or a JWT of an issuer that it trusts, with the scopes write or " +
            "operate; one with the scope reader and a uid writes the reads of that user alone",
        },
      },
    },
  };
};

/** Of these functions. */
export const makeDocument = async (names: readonly string[]): Promise<Json> =>
  toDocument([...(await readDescribed(names)).values()].flat());
