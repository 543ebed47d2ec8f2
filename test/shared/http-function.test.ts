import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defineHttpFunction } from "#shared/http-function.ts";
import { Problem } from "#shared/problem.ts";
import { currentTrace } from "#shared/trace-context.ts";
import { serveFunction } from "./edge.ts";

process.env["LOG_LEVEL"] = "silent";
const domainsSeen: unknown[] = [];
const gone = Promise.withResolvers<unknown>();

/** Every byte there is, over and over. */
const bytesOf = (count: number): Buffer =>
  Buffer.from(Array.from({ length: count }, (_, index) => index % 256));

defineHttpFunction(
  "query-things",
  [
    {
      method: "GET",
      path: "/v1/things/:id",
      handle: async ({ params, query }) => {
        domainsSeen.push(Reflect.get(process, "domain"));
        if (params["id"] === "bug") throw new Error("secret inside");
        if (params["id"] === "none") throw new Problem("not-found", "no thing none");
        return {
          status: 200,
          body: { id: params["id"], q: query.get("q"), trace: currentTrace()?.traceId },
        };
      },
    },
    {
      method: "POST",
      path: "/v1/things",
      auth: "write",
      handle: async ({ body }) => ({ status: 201, body: { got: body } }),
    },
    { method: "DELETE", path: "/v1/things", handle: async () => ({ status: 204 }) },
    {
      method: "GET",
      path: "/v1/stream",
      handle: async () => ({
        status: 200,
        headers: { "content-type": "text/event-stream" },
        body: Readable.from(["data: 1\n\n", "data: 2\n\n"]),
      }),
    },
    {
      method: "GET",
      path: "/v1/bytes/:count",
      handle: async ({ params }) => ({ status: 200, body: bytesOf(Number(params["count"])) }),
    },
    {
      method: "GET",
      path: "/v1/wait",
      handle: ({ signal }) =>
        new Promise(() => signal.addEventListener("abort", () => gone.resolve(signal.reason))),
    },
  ],
  { token: "s3cret", origins: ["https://reader.example"] },
);

let server: Awaited<ReturnType<typeof serveFunction>>;
beforeAll(async () => {
  server = await serveFunction("query-things");
});
afterAll(() => server.stop());

const ask = (path: string, init?: RequestInit) => fetch(server.url + path, init);
const post = (body: string, authorization: string, type = "application/json") =>
  ask("/v1/things", { method: "POST", headers: { authorization, "content-type": type }, body });

describe("defineHttpFunction", () => {
  // First, because it must hold for the very first request of a server.
  it.each([0, 1, 16_384, 16_385])("answers %i bytes as they are", async (count) => {
    const response = await ask(`/v1/bytes/${count}`);
    expect(Buffer.from(await response.arrayBuffer()).equals(bytesOf(count))).toBe(true);
    expect(response.headers.get("content-length")).toBe(String(count));
  });

  it("answers malformed JSON with a problem", async () => {
    const response = await post("{not json", "Bearer s3cret");
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({
      type: "urn:tagenal:problem:invalid-request",
      status: 400,
      detail: expect.stringContaining("not JSON"),
    });
  });

  it("hands over params and query, decoded", async () => {
    const response = await ask("/v1/things/a%2Fb?q=%E6%96%87");
    expect(await response.json()).toMatchObject({ id: "a/b", q: "文" });
  });

  it("runs its handlers in no domain, which would slow down every promise", async () => {
    await ask("/v1/things/1");
    expect(domainsSeen).not.toHaveLength(0);
    expect(domainsSeen.every((seen) => seen === undefined || seen === null)).toBe(true);
  });

  it("continues the caller's trace", async () => {
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
    expect(await (await ask("/v1/things/1", { headers })).json()).toMatchObject({ trace: traceId });
  });

  it("starts a trace where there is none or a malformed one", async () => {
    const headers = { traceparent: "00-zz-b7ad6b7169203331-01" };
    const body = await (await ask("/v1/things/1", { headers })).json();
    expect(body).toMatchObject({ trace: expect.stringMatching(/^[0-9a-f]{32}$/) });
  });

  it.each([
    { name: "unknown path", path: "/v1/nothing", method: "GET", status: 404 },
    { name: "no id", path: "/v1/things/", method: "GET", status: 404 },
    { name: "what the handler does not find", path: "/v1/things/none", method: "GET", status: 404 },
    { name: "broken encoding", path: "/v1/things/%E6%9", method: "GET", status: 400 },
    { name: "a bug", path: "/v1/things/bug", method: "GET", status: 500 },
  ])("answers $name with problem $status", async ({ path, method, status }) => {
    const response = await ask(path, { method });
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.text()).not.toContain("secret inside");
  });

  it("answers another verb with 405 and what is allowed", async () => {
    const response = await ask("/v1/things", { method: "PUT" });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST, DELETE");
  });

  it("answers HEAD where GET is", async () => {
    const response = await ask("/v1/things/1", { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
  });

  it.each(["", "Bearer", "Bearer wrong", "Basic s3cret"])("refuses the token %o", async (given) => {
    const response = await post("{}", given);
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", ""])(
    "refuses a body of type %o: a form of another page could send it",
    async (type) => {
      const response = await post("a=1", "Bearer s3cret", type);
      expect(response.status).toBe(415);
      expect(await response.json()).toMatchObject({ status: 415, field: "Content-Type" });
    },
  );

  it.each(["application/json; charset=utf-8", "application/vnd.thing+json"])(
    "takes a body of type %o",
    async (type) => {
      expect((await post('{"a":1}', "Bearer s3cret", type)).status).toBe(201);
    },
  );

  it("lets the pages of a named site ask, and no others", async () => {
    const allowed = await ask("/v1/things/1", { headers: { origin: "https://reader.example" } });
    expect(allowed.headers.get("access-control-allow-origin")).toBe("https://reader.example");
    expect(allowed.headers.get("access-control-expose-headers")).toContain("etag");
    const missing = await ask("/v1/nothing", { headers: { origin: "https://reader.example" } });
    expect(missing.headers.get("access-control-allow-origin")).toBe("https://reader.example");
    const other = await ask("/v1/things/1", { headers: { origin: "https://other.example" } });
    expect(other.headers.get("access-control-allow-origin")).toBeNull();
    expect(other.headers.get("vary")).toBe("origin");
  });

  it("tells a browser beforehand what its page may send", async () => {
    const askFirst = (origin: string, method: string) =>
      ask("/v1/things", {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": method },
      });
    const allowed = await askFirst("https://reader.example", "POST");
    expect([allowed.status, await allowed.text()]).toEqual([204, ""]);
    expect(allowed.headers.get("access-control-allow-methods")).toBe("POST");
    expect(allowed.headers.get("access-control-allow-headers")).toContain("authorization");
    const other = await askFirst("https://other.example", "POST");
    expect(other.headers.get("access-control-allow-methods")).toBeNull();
    expect((await askFirst("https://reader.example", "PATCH")).status).toBe(405);
  });

  it("says that nothing of it may run in a browser, nor what serves it", async () => {
    for (const path of ["/v1/things/1", "/v1/nothing"]) {
      const { headers } = await ask(path);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(headers.get("x-powered-by")).toBeNull();
    }
    expect((await ask("/v1/nothing")).headers.get("cache-control")).toBe("no-store");
  });

  it("takes the right token and hands over the body", async () => {
    const response = await post('{"a":1}', "Bearer s3cret");
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({ got: { a: 1 } });
  });

  it("asks for no token where the route asks for none", async () => {
    expect((await ask("/v1/things", { method: "DELETE" })).status).toBe(204);
  });

  it("is ready", async () => {
    expect((await ask("/healthz")).status).toBe(200);
  });

  it("streams a Readable", async () => {
    const response = await ask("/v1/stream");
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(await response.text()).toBe("data: 1\n\ndata: 2\n\n");
  });

  it("aborts the signal when the caller leaves", async () => {
    await expect(ask("/v1/wait", { signal: AbortSignal.timeout(100) })).rejects.toThrow();
    expect(await gone.promise).toMatchObject({ message: "the caller has gone" });
  });

  it("refuses routes that want a token while there is none", async () => {
    const define = () =>
      defineHttpFunction("open-things", [
        { method: "GET", path: "/v1/x", auth: "write", handle: async () => ({ status: 200 }) },
      ]);
    expect(define).toThrow("environment: API_TOKEN is missing");
  });
});
