/** Holds the OpenAPI document, the functions' routes and knative/ together. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createQueryArticles } from "#functions/query-articles/query-articles.ts";
import { createQueryRanks } from "#functions/query-ranks/query-ranks.ts";
import { createQueryReads } from "#functions/query-reads/query-reads.ts";
import { createQuerySql } from "#functions/query-sql/query-sql.ts";
import { createQueryUsers } from "#functions/query-users/query-users.ts";
import { operationRequest } from "#functions/run-operations/describe.ts";
import { createRunOperations } from "#functions/run-operations/run-operations.ts";
import { createServerKinds } from "#functions/run-operations/server-kinds.ts";
import { createServeMedia } from "#functions/serve-media/serve-media.ts";
import { createServeWeb, PAGES } from "#functions/serve-web/serve-web.ts";
import { createShowCluster } from "#functions/show-cluster/show-cluster.ts";
import { createShowMonitoring } from "#functions/show-monitoring/show-monitoring.ts";
import { createWriteArticles } from "#functions/write-articles/write-articles.ts";
import { createWriteReads } from "#functions/write-reads/write-reads.ts";
import { createWriteUsers } from "#functions/write-users/write-users.ts";
import { listFunctions } from "#infra/build.ts";
import { createFindFunction } from "#infra/local/entry/routes.ts";
import { toServices } from "#infra/local/entry/services.ts";
import { readManifests } from "#infra/local/manifests.ts";
import { makeDocument, readDescribed, toTemplate } from "#infra/openapi.ts";
import type { Described } from "#shared/api-description.ts";
import type { Route } from "#shared/http-function.ts";

const names = await listFunctions();
const all = await readDescribed(names);
const described = [...all.values()].flat();
const document = await makeDocument(names);
const services = toServices(await readManifests(join(import.meta.dirname, "../knative")));

/** Routes are made without being asked for anything, so that nothing they need is needed here. */
const nothing = {} as never;
const file = { type: "", plain: Buffer.of(), gzip: Buffer.of() };
const files = new Map(["index.html", "openapi.json"].map((name) => [name, file]));
const made: Readonly<Record<string, readonly Route[]>> = {
  "query-articles": createQueryArticles(nothing),
  "query-ranks": createQueryRanks(nothing),
  "query-reads": createQueryReads(nothing),
  "query-sql": createQuerySql(nothing),
  "query-users": createQueryUsers(nothing),
  "run-operations": createRunOperations(nothing),
  "serve-media": createServeMedia(nothing),
  "serve-web": createServeWeb({ files, storeUrl: "http://store" }).filter(
    ({ path }) => !PAGES.includes(path) && path !== "/web/:file",
  ),
  "show-cluster": createShowCluster(nothing),
  "show-monitoring": createShowMonitoring(nothing),
  "write-articles": createWriteArticles(nothing),
  "write-reads": createWriteReads(nothing),
  "write-users": createWriteUsers(nothing),
};

type Signature = Pick<Described, "method" | "path" | "auth">;
const signature = ({ method, path, auth = undefined }: Signature): string =>
  `${method} ${path}${auth === undefined ? "" : ` as ${auth}`}`;

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, unknown>>;
}

const operations = Object.values(
  document["paths"] as Record<string, Record<string, Operation>>,
).flatMap((path) => Object.values(path));

/** All addresses that the document refers to. */
const findRefs = (value: unknown): string[] => {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "$ref" ? [String(inner)] : findRefs(inner),
  );
};

const resolve = (ref: string): unknown =>
  ref
    .slice(2)
    .split("/")
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document);

describe("the OpenAPI document", () => {
  it.each(services.filter(({ routes }) => routes.length > 0).map(({ name }) => name))(
    "describes all routes of %s, and no others",
    (name) => {
      // A new function with routes needs a describe.ts, and a line in `made` above.
      expect((all.get(name) ?? []).map(signature).sort()).toEqual(
        made[name]?.map(signature).sort(),
      );
    },
  );

  it("describes only what the manifests let through to the function", () => {
    const find = createFindFunction(services);
    for (const [name, routes] of all)
      for (const { method, path } of routes)
        expect(find(method, path.replaceAll(/:\w+/g, "1")), `${method} ${path}`).toBe(name);
  });

  it("describes something behind every route of every manifest, but for the pages", () => {
    const isPage = (pattern: string): boolean =>
      !pattern.startsWith("/v1/") && pattern !== "/openapi.json";
    for (const service of services)
      for (const route of service.routes.filter(({ pattern }) => !isPage(pattern))) {
        const find = createFindFunction([{ ...service, routes: [route] }]);
        const isBehind = ({ method, path }: Described): boolean => {
          try {
            return find(method, path.replaceAll(/:\w+/g, "1")) === service.name;
          } catch {
            return false;
          }
        };
        const found = all.get(service.name)?.some(isBehind);
        expect(found, `${service.name}: ${route.method} ${route.pattern}`).toBe(true);
      }
  });

  it("names each path's parameters, and each of them once", () => {
    for (const { path, parameters = [] } of described) {
      const inPath = parameters.filter((one) => one.in === "path").map(({ name }) => `{${name}}`);
      expect(toTemplate(path).match(/\{\w+\}/g) ?? [], path).toEqual(inPath);
      const given = parameters.map((one) => `${one.in} ${one.name}`);
      expect(new Set(given).size, path).toBe(given.length);
    }
  });

  it("gives every operation a name of its own, and says what it answers", () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(described.length);
    for (const { operationId, responses } of operations)
      expect(Object.keys(responses).length, operationId).toBeGreaterThan(2);
  });

  it("refers only to what it contains", () => {
    const refs = new Set(findRefs(document));
    expect(refs.size).toBeGreaterThan(100);
    for (const ref of refs) expect(resolve(ref), ref).toBeDefined();
  });

  it("knows every kind of operation", () => {
    const kinds = operationRequest.options.map(({ shape }) => shape.kind.value);
    expect(kinds.sort()).toEqual(
      ["load", "rank", ...Object.keys(createServerKinds(nothing))].sort(),
    );
  });
});
