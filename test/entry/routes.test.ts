import { describe, expect, it } from "vitest";
import { createFindFunction } from "#infra/local/entry/routes.ts";
import { toServices } from "#infra/local/entry/services.ts";

const service = (name: string, routes: string) => ({
  apiVersion: "serving.knative.dev/v1",
  kind: "Service",
  file: `${name}.yaml`,
  metadata: { name, namespace: "tagenal", annotations: { "tagenal.dev/routes": routes } },
  spec: { template: { spec: { containers: [{ image: "x" }] } } },
});
const services = toServices([
  service("query-users", "GET /v1/users, GET /v1/users/**"),
  service("write-users", "POST /v1/users, PATCH /v1/users/*"),
  service("run-operations", "GET /v1/operations/*, POST /v1/operations/*/cancel"),
  service("serve-pages", "GET /, GET /**"),
  service("load-chunk", ""),
]);
const find = createFindFunction(services);

describe("createFindFunction", () => {
  it.each([
    ["GET", "/v1/users", "query-users"],
    ["HEAD", "/v1/users", "query-users"],
    ["POST", "/v1/users", "write-users"],
    ["GET", "/v1/users/7", "query-users"],
    ["GET", "/v1/users/7/reads", "query-users"],
    ["PATCH", "/v1/users/7", "write-users"],
    ["POST", "/v1/operations/7/cancel", "run-operations"],
    ["GET", "/", "serve-pages"],
    ["GET", "/app.js", "serve-pages"],
  ])("sends %s %s to %s", (method, path, name) => {
    expect(find(method, path)).toBe(name);
  });

  it("knows no other path", () => {
    const findUsers = createFindFunction(services.slice(0, 1));
    for (const path of ["/v1", "/v1/users/", "/v1/userss", "/", "/query-users"])
      expect(() => findUsers("GET", path)).toThrow(`there is no ${path}`);
  });

  it("says which verbs a path answers", () => {
    const ask = () => find("DELETE", "/v1/users/7");
    expect(ask).toThrow(expect.objectContaining({ status: 405, headers: { allow: "PATCH, GET" } }));
  });

  it("refuses a route that two functions claim", () => {
    const twice = toServices([service("a", "GET /v1/x"), service("b", "GET /v1/x")]);
    expect(() => createFindFunction(twice)).toThrow("GET /v1/x is claimed by both a and b");
  });

  it("refuses a route that is none", () => {
    expect(() => toServices([service("a", "FETCH /v1")])).toThrow(
      "a.yaml: a: tagenal.dev/routes: not a verb and a path: FETCH /v1",
    );
  });
});
