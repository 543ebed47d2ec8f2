/**
 * Which function answers a request from outside. The more literal pattern wins, segment by
 * segment; two functions that claim the same verb and pattern are an error at the start.
 */
import { Problem } from "#shared/problem.ts";
import type { FunctionService } from "./services.ts";

interface Entry {
  readonly method: string;
  readonly segments: readonly string[];
  readonly name: string;
}

export type FindFunction = (method: string, path: string) => string;

const fits = (segments: readonly string[], given: readonly string[]): boolean => {
  if (given.length < segments.length) return false;
  if (given.length > segments.length && segments.at(-1) !== "**") return false;
  return segments.every((segment, index) =>
    segment.startsWith("*") ? given[index] !== "" : segment === given[index],
  );
};

/** Literal segments first, so that the first fit is the best. */
const rank = ({ segments }: Entry): string =>
  [...segments.map((segment) => ["*", "**"].indexOf(segment) + 1), 3].join("");

const toEntries = (services: readonly FunctionService[]): Entry[] => {
  const owners = new Map<string, string>();
  for (const { name, routes } of services) {
    for (const { method, pattern } of routes) {
      const key = `${method} ${pattern}`;
      const owner = owners.get(key);
      if (owner !== undefined) throw new Error(`${key} is claimed by both ${owner} and ${name}`);
      owners.set(key, name);
    }
  }
  return services
    .flatMap(({ name, routes }) =>
      routes.map(({ method, pattern }) => ({ method, segments: pattern.split("/"), name })),
    )
    .sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
};

/** Throws a Problem: 404 for an unknown path, 405 for a known one with another verb. */
export const createFindFunction = (services: readonly FunctionService[]): FindFunction => {
  const entries = toEntries(services);
  return (method, path) => {
    const given = path.split("/");
    const fitting = entries.filter(({ segments }) => fits(segments, given));
    if (fitting.length === 0) throw new Problem("not-found", `there is no ${path}`);
    const wanted = method === "HEAD" ? "GET" : method;
    const match = fitting.find((entry) => entry.method === wanted);
    if (match !== undefined) return match.name;
    const allow = [...new Set(fitting.map((entry) => entry.method))].join(", ");
    throw new Problem("method-not-allowed", `${path} answers ${allow}`, { headers: { allow } });
  };
};
