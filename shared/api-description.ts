/**
 * How a function describes its routes: what they take and answer, in terms of the schemas and fields
 * that the function itself validates with. infra/openapi.ts makes one document of all of them.
 *
 * Pure, and no part of a function's bundle.
 */
import { z } from "zod";
import type { Scope } from "./bearer.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;

/** A parameter as OpenAPI has it. */
export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly description?: string;
  readonly required?: true;
  readonly schema: JsonSchema;
  /** Values with commas between them. */
  readonly style?: "form";
  readonly explode?: false;
}

export interface Answer {
  readonly description: string;
  /** Of a JSON answer. */
  readonly schema?: z.ZodType;
  /** Media types of an answer that is no JSON. */
  readonly types?: readonly string[];
  readonly headers?: readonly HeaderName[];
}

export const answerHeaders = {
  ETag: "a tag of the state that is answered",
  Location: "the address of what was made",
  "Cache-Control": "how long it may be kept",
  "Content-Range": "which bytes these are, and of how many",
  "Accept-Ranges": "that a range can be asked for",
} as const;
export type HeaderName = keyof typeof answerHeaders;

/** A status of 400 or more is answered with a problem. */
export type ProblemStatus = 400 | 401 | 404 | 409 | 412 | 416 | 422;

export interface Described {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** As the route has it, such as /v1/users/:uid. */
  readonly path: string;
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** The caller has to bring the token, or a JWT with this scope. */
  readonly auth?: Scope;
  readonly parameters?: readonly Parameter[];
  readonly body?: { readonly schema: z.ZodType; readonly isOptional?: true };
  readonly answers: Readonly<Record<number, Answer>>;
  readonly problems: readonly ProblemStatus[];
}

/** A whole number that survives JSON. */
export const wholeNumberSchema: JsonSchema = {
  type: "integer",
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
};

export const pathParameter = (name: string, schema: JsonSchema = wholeNumberSchema): Parameter => ({
  name,
  in: "path",
  required: true,
  schema,
});

export const queryParameter = (name: string, schema: JsonSchema, text: string): Parameter => ({
  ...{ name, in: "query", schema, description: text },
});

const header = (name: string, description: string, schema: JsonSchema = {}): Parameter => ({
  ...{ name, in: "header", description, schema: { type: "string", ...schema } },
});

export const ifNoneMatch = header("If-None-Match", "answers 304 to whoever has this state already");
export const ifMatch = header("If-Match", "only if nobody changed it since it had this ETag");
export const idempotencyKey = header(
  "Idempotency-Key",
  "the same key with the same body is done once, within a day, and answered the same",
  { pattern: "^[!-~]{1,255}$" },
);

/** {items, next}: `next` is the cursor of the page after this one. */
export const pageOf = (item: z.ZodType): z.ZodType =>
  z.strictObject({
    items: z.array(item),
    next: z.string().nullable().describe("the cursor of the next page; null after the last"),
  });

export const NOT_MODIFIED: Answer = {
  description: "the caller has it already",
  headers: ["ETag", "Cache-Control"],
};

/** What a GET of JSON answers. */
export const jsonAnswers = (description: string, schema: z.ZodType): Record<number, Answer> => ({
  200: { description, schema, headers: ["ETag", "Cache-Control"] },
  304: NOT_MODIFIED,
});
