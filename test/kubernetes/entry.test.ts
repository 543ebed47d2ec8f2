import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readRoutes, routesFile, toDynamic } from "#infra/kubernetes/entry-routes.ts";
import { createFindFunction } from "#infra/local/entry/routes.ts";
import { toServices } from "#infra/local/entry/services.ts";
import { readManifests } from "#infra/local/manifests.ts";

const services = toServices(await readManifests(join(import.meta.dirname, "../../knative")));
const { http } = toDynamic(services);

/** What Traefik makes of the rules: of those that fit, the one of the highest priority. */
const findRouter = (method: string, path: string) =>
  Object.values(http.routers)
    .filter(({ rule }) => {
      if (rule === "PathPrefix(`/`)") return true;
      const methods = [...rule.matchAll(/Method\(`(\w+)`\)/g)].map(([, verb]) => verb);
      const [, expression = ""] = /PathRegexp\(`(.*)`\)/.exec(rule) ?? [];
      return methods.includes(method) && new RegExp(expression).test(path);
    })
    .sort((a, b) => b.priority - a.priority)[0];

const patterns = services.flatMap(({ routes }) => routes.map(({ pattern }) => pattern));
const segment = fc.constantFrom("v1", "users", "articles", "a.b", "1", "%2F", "Beijing");
const paths = fc.oneof(
  fc.array(segment, { maxLength: 5 }).map((parts) => `/${parts.join("/")}`),
  fc
    .tuple(fc.constantFrom(...patterns), fc.array(segment, { minLength: 9, maxLength: 9 }))
    .map(([pattern, parts]) => pattern.replaceAll(/\*+/g, () => parts.shift() ?? "")),
);

describe("the entry on Kubernetes", () => {
  it("has the routes that the functions declare", async () => {
    expect(await readFile(routesFile, "utf8"), "npm run entry").toBe(await readRoutes());
  });

  it("sends every request where the local entry sends it, and what is nowhere to the pages", () => {
    const find = createFindFunction(services);
    const findLocally = (method: string, path: string): string => {
      try {
        return find(method, path);
      } catch {
        return "serve-web";
      }
    };
    const methods = fc.constantFrom("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE");
    fc.assert(
      fc.property(methods, paths, (method, path) => {
        expect(findRouter(method, path)?.middlewares.at(-1)).toBe(findLocally(method, path));
      }),
      { numRuns: 2_000 },
    );
  });

  it("asks Knative for each function by the name it has within the cluster", () => {
    expect(http.middlewares["query-users"]).toEqual({
      headers: { customRequestHeaders: { Host: "query-users.tagenal.svc.cluster.local" } },
    });
  });

  it("limits bodies only where none streams back", () => {
    for (const { rule, middlewares } of Object.values(http.routers))
      expect(middlewares.includes("body")).toBe(/Method\(`(POST|PATCH|PUT|DELETE)`\)/.test(rule));
  });
});
