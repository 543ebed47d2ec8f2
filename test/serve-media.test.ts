import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { createServeMedia } from "#functions/serve-media/serve-media.ts";
import type { RouteRequest } from "#shared/http-function.ts";
import type { MediaFile } from "#shared/media.ts";
import type { MediaRequest } from "#shared/media-store.ts";
import type { Reply } from "#shared/respond.ts";

const CONTENT = "0123456789";
const TAG = '"tag"';
const sha = (digit: string): string => digit.repeat(64);

/** A store with one object, that knows ranges and conditions as S3 does. */
const createWorld = ({ type = "image/png" } = {}) => {
  const opened: MediaRequest[] = [];
  const found = (from: number, to: number) => ({
    status: to - from === 9 ? (200 as const) : (206 as const),
    body: Readable.from([Buffer.from(CONTENT.slice(from, to + 1))]),
    length: to - from + 1,
    type,
    etag: TAG,
    range: to - from === 9 ? undefined : `bytes ${from}-${to}/10`,
    modified: new Date(0),
  });
  const routes = createServeMedia({
    media: {
      open: async (key, request) => {
        opened.push(request);
        if (key !== "media/7/a b.png") return "not-found";
        if (request.ifMatch !== undefined && request.ifMatch !== TAG) return "changed";
        if (request.ifNoneMatch === TAG) return "not-modified";
        const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.range ?? "") ?? [];
        if (from === undefined) return found(0, 9);
        return Number(from) > 9 ? "bad-range" : found(Number(from), Number(to));
      },
      find: async (key) =>
        key === "media/7/a b.png" ? { sha256: sha("a"), size: 10, type: "image/png" } : undefined,
      presignUpload: async ({ name }) => ({ url: `https://store/${name}`, headers: { a: "b" } }),
    },
    stored: {
      isEmpty: async () => false,
      keys: async (prefix) => new Set(prefix === "media/7/" ? ["media/7/a b.png"] : []),
    },
  });
  const call = (path: string, request: Partial<RouteRequest>): Promise<Reply> => {
    const route = routes.find((one) => one.path === path);
    if (route === undefined) throw new Error(`no route ${path}`);
    return route.handle({
      params: {},
      query: new URLSearchParams(),
      headers: {},
      body: undefined,
      signal: new AbortController().signal,
      ...request,
    });
  };
  const get = async (aid: string, file: string, headers = {}) => {
    const reply = await call("/v1/media/:aid/:file", { params: { aid, file }, headers });
    const { body } = reply;
    const text = body instanceof Readable ? Buffer.concat(await body.toArray()).toString() : "";
    return { ...reply, text };
  };
  const announce = (files: Partial<MediaFile>[]) => call("/v1/media", { body: { files } });
  return { get, announce, opened, routes };
};

describe("serve-media", () => {
  it("streams a file with all that a cache needs to keep it for ever", async () => {
    const { status, headers, text } = await createWorld().get("7", "a b.png");
    expect({ status, text }).toEqual({ status: 200, text: CONTENT });
    expect(headers).toEqual({
      "accept-ranges": "bytes",
      "cache-control": "public, max-age=31536000, immutable",
      "content-length": "10",
      "content-security-policy": "default-src 'none'; sandbox",
      "content-type": "image/png",
      etag: TAG,
      "last-modified": "Thu, 01 Jan 1970 00:00:00 GMT",
      "x-content-type-options": "nosniff",
    });
  });

  it("answers a range, and none that lies behind the end", async () => {
    const { get } = createWorld();
    const { status, headers, text } = await get("7", "a b.png", { range: "bytes=2-4" });
    expect({ status, text }).toEqual({ status: 206, text: "234" });
    expect(headers).toMatchObject({ "content-range": "bytes 2-4/10", "content-length": "3" });
    await expect(get("7", "a b.png", { range: "bytes=99-100" })).rejects.toMatchObject({
      status: 416,
    });
  });

  it("goes on with a range only of the file that the caller has the beginning of", async () => {
    const { get } = createWorld();
    const range = "bytes=2-4";
    expect(await get("7", "a b.png", { range, "if-range": TAG })).toMatchObject({ text: "234" });
    for (const other of ['"other"', "Thu, 01 Jan 1970 00:00:00 GMT", 'W/"tag"'])
      expect(await get("7", "a b.png", { range, "if-range": other })).toMatchObject({
        status: 200,
        text: CONTENT,
      });
  });

  it("answers 304 to who has it already", async () => {
    expect(await createWorld().get("7", "a b.png", { "if-none-match": TAG })).toMatchObject({
      status: 304,
      text: "",
    });
  });

  it("shows nothing that could run", async () => {
    const { get } = createWorld({ type: "text/html" });
    const { headers } = await get("7", "a b.png");
    expect(headers?.["content-type"]).toBe("application/octet-stream");
  });

  it.each([
    ["7", "../../secret", "file"],
    ["7", "..", "file"],
    ["7", ".hidden", "file"],
    ["7", "a\\b", "file"],
    ["..", "a", "aid"],
    ["-1", "a", "aid"],
    ["07", "a", "aid"],
  ])(
    "asks the store for nothing outside of an article's files: %s/%s",
    async (aid, file, field) => {
      const { get, opened } = createWorld();
      await expect(get(aid, file)).rejects.toMatchObject({ code: "invalid-request", field });
      expect(opened).toEqual([]);
    },
  );

  it("answers 404 where there is no such file", async () => {
    await expect(createWorld().get("8", "a.png")).rejects.toMatchObject({ code: "not-found" });
  });

  it("answers an address for each file that is not there, and tells what is", async () => {
    const file = { aid: 7, name: "a b.png", size: 10, sha256: sha("a"), type: "image/png" };
    const { body } = await createWorld().announce([
      file,
      { ...file, sha256: sha("b") },
      { ...file, name: "new.png" },
      { ...file, aid: 8 },
    ]);
    expect(body).toMatchObject({
      files: [
        { aid: 7, name: "a b.png", state: "stored" },
        { aid: 7, name: "a b.png", state: "other" },
        {
          aid: 7,
          name: "new.png",
          state: "wanted",
          url: "https://store/new.png",
          headers: { a: "b" },
        },
        { aid: 8, name: "a b.png", state: "wanted" },
      ],
    });
  });

  it("lets only those with the token send media", () => {
    expect(createWorld().routes.map(({ method, auth }) => [method, auth])).toEqual([
      ["GET", undefined],
      ["POST", "write"],
    ]);
  });
});
