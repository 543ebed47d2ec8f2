/** What serve-web answers besides pages. */
import { z } from "zod";
import { type Described, ifNoneMatch, jsonAnswers } from "#shared/api-description.ts";

export const described: readonly Described[] = [
  {
    ...{ method: "GET", path: "/openapi.json", id: "getDocument", tag: "about" },
    summary: "This document",
    parameters: [ifNoneMatch],
    answers: jsonAnswers("OpenAPI 3.1", z.looseObject({ openapi: z.literal("3.1.0") })),
    problems: [],
  },
];
