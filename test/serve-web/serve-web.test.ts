import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  createServeWeb,
  POLICY,
  takesGzip,
  toPolicy,
  type WebFile,
} from "#functions/serve-web/serve-web.ts";
import { toShell } from "#infra/build-pages.ts";
import type { Reply } from "#shared/respond.ts";

const file = (type: string, text: string): WebFile => ({
  type,
  plain: Buffer.from(text),
  gzip: gzipSync(text),
});
const files = new Map([
  ["index.html", file("text/html; charset=utf-8", "<p>shell</p>")],
  ["openapi.json", file("application/json", "{}")],
  ["app-1.js", file("text/javascript; charset=utf-8", "run()")],
]);
const storeUrl = "http://127.0.0.1:9000/path";
const routes = createServeWeb({ files, storeUrl });

const get = async (
  path: string,
  params: Record<string, string> = {},
  headers: Record<string, string> = {},
  search = "",
): Promise<Reply> => {
  const route = routes.find((one) => one.path === path);
  if (route === undefined) throw new Error(`no route ${path}`);
  const { signal } = new AbortController();
  return route.handle({
    params,
    headers,
    query: new URLSearchParams(search),
    body: undefined,
    signal,
  });
};

describe("serve-web", () => {
  it.each(["/", "/users", "/articles/:aid", "/ranks/:granularity/:date", "/console"])(
    "answers %s with the shell, to be asked for again",
    async (path) => {
      const { status, body, headers } = await get(path);
      expect([status, String(body)]).toEqual([200, "<p>shell</p>"]);
      expect(headers).toMatchObject({
        "cache-control": "no-cache",
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": toPolicy(storeUrl),
      });
    },
  );

  const preload = "; rel=preload; as=fetch; crossorigin";
  it.each([
    { path: "/articles/:aid", params: { aid: "7" }, asked: ["/v1/articles/7"] },
    {
      path: "/users/:uid",
      params: { uid: "a>,b" },
      asked: ["/v1/users/a%3E%2Cb", "/v1/users/a%3E%2Cb/reads?limit=20&sort=-timestamp"],
    },
    {
      path: "/ranks/:granularity/:date",
      params: { granularity: "weekly", date: "2018-05-01" },
      asked: ["/v1/ranks/weekly/2018-05-01"],
    },
  ])("tells what the page $path will ask first", async ({ path, params, asked }) => {
    const { headers } = await get(path, { ...params });
    expect(headers?.["link"]).toBe(asked.map((one) => `<${one}>${preload}`).join(", "));
  });

  it("tells nothing of a page that asks nothing, nor of what is too long", async () => {
    expect((await get("/console")).headers).not.toHaveProperty("link");
    expect((await get("/")).headers?.["link"]).toContain("</v1/ranks/daily/");
    const chosen = await get("/articles", {}, {}, "?tag=x");
    expect(chosen.headers?.["link"]).toContain("articleTags=x");
    const long = await get("/articles", {}, {}, `?tag=${"x".repeat(5_000)}`);
    expect(long.headers).not.toHaveProperty("link");
  });

  it("answers a hashed file for ever, compressed to whoever takes it so", async () => {
    const asked = { "accept-encoding": "br, gzip" };
    const { body, headers } = await get("/web/:file", { file: "app-1.js" }, asked);
    expect(headers).toMatchObject({
      "cache-control": "public, max-age=31536000, immutable",
      "content-encoding": "gzip",
      vary: "accept-encoding",
    });
    expect(String(gunzipSync(body as Buffer))).toBe("run()");
  });

  it("answers 304 to whoever has it, in the same coding", async () => {
    const first = await get("/");
    const tag = first.headers?.["etag"] ?? "";
    const again = await get("/", {}, { "if-none-match": tag });
    expect([again.status, again.body]).toEqual([304, undefined]);
    const coded = { "if-none-match": tag, "accept-encoding": "gzip" };
    expect((await get("/", {}, coded)).status).toBe(200);
  });

  it.each(["app-2.js", "index.html", "openapi.json", "../index.mjs"])(
    "has no file %s",
    async (name) => {
      await expect(get("/web/:file", { file: name })).rejects.toMatchObject({ code: "not-found" });
    },
  );

  it("does not start without its shell", () => {
    expect(() => createServeWeb({ files: new Map(), storeUrl })).toThrow(
      "index.html was not built",
    );
  });

  it.each([
    { accepted: undefined, takes: false },
    { accepted: "", takes: false },
    { accepted: "gzip", takes: true },
    { accepted: "br;q=1.0, gzip;q=0.8", takes: true },
    { accepted: "gzip;q=0", takes: false },
    { accepted: "gzip; q=0.0, br", takes: false },
    { accepted: "identity", takes: false },
  ])("takes $accepted for gzip: $takes", ({ accepted, takes }) => {
    expect(takesGzip(accepted)).toBe(takes);
  });

  it("allows nothing from elsewhere, and nothing inline", () => {
    expect(POLICY).toContain("default-src 'none'");
    expect(POLICY).not.toMatch(/unsafe|\*|https?:/);
    expect(toPolicy(storeUrl)).toContain("connect-src 'self' http://127.0.0.1:9000;");
  });
});

describe("the shell", () => {
  it("names the files as they were built", () => {
    const html = '<script src="/web/app.js"></script>';
    expect(toShell(html, new Map([["app.js", "app-1.js"]]))).toContain('"/web/app-1.js"');
  });

  it("is refused where it does not name one", () => {
    expect(() => toShell("", new Map([["app.js", "app-1.js"]]))).toThrow("does not name app.js");
  });
});
