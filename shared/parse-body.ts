/** Checks a request's body against a schema; the first thing wrong is named by its field. */
import type { z } from "zod";
import { Problem } from "./problem.ts";

export const parseBody = <S extends z.ZodType>(schema: S, body: unknown): z.infer<S> => {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  const field = [...(issue?.path ?? []), ...unknown].join(".");
  const detail = `${field === "" ? "the body" : field}: ${issue?.message ?? "not as it should be"}`;
  throw new Problem("invalid-request", detail, field === "" ? {} : { field });
};
