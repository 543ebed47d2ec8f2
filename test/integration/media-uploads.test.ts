/** Uploads by presigned addresses, and what may be linked, on the real object store. */
import { hash } from "node:crypto";
import { request } from "undici";
import { describe, expect, it } from "vitest";
import { send } from "./write-client.ts";
import { newArticle } from "./write-rows.ts";

interface Upload {
  readonly state: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Other tests have other keys. */
const FIRST_AID = 6_900_000_001;

const text = Buffer.from("a text, 一篇文章");

const announce = async (aid: number, name: string, type: string): Promise<Upload> => {
  const file = { aid, name, size: text.length, sha256: hash("sha256", text), type };
  const { status, body } = await send("POST", "/v1/media", { files: [file] });
  expect(status).toBe(200);
  return (body["files"] as Upload[])[0] as Upload;
};

const upload = async ({ url, headers }: Upload, content: Buffer, more = {}): Promise<number> => {
  const { statusCode, body } = await request(url, {
    method: "PUT",
    headers: { ...headers, ...more },
    body: content,
  });
  await body.dump();
  return statusCode;
};

describe("an upload", () => {
  it("is taken with the length, type and content that were announced, and no others", async () => {
    const wanted = await announce(FIRST_AID, "a.txt", "text/plain; charset=utf-8");
    expect(wanted.state).toBe("wanted");
    expect(await upload(wanted, Buffer.concat([text, text]))).toBe(403);
    expect(await upload(wanted, text.subarray(1))).toBe(403);
    expect(await upload(wanted, text, { "content-type": "text/html" })).toBe(403);
    expect(await upload(wanted, Buffer.from(text).fill("x"))).toBe(400);
    expect(await upload(wanted, text)).toBe(200);
    expect(await upload(wanted, text)).toBe(412);
    expect((await announce(FIRST_AID, "a.txt", "text/plain; charset=utf-8")).state).toBe("stored");
  });

  it("comes before its article names it, as what it is", async () => {
    const aid = FIRST_AID + 1;
    const article = { ...newArticle(aid), text: "a.txt" };
    expect(await send("POST", "/v1/articles", article)).toMatchObject({
      status: 422,
      body: { field: "text", detail: expect.stringContaining("send it first") },
    });
    const wanted = await announce(aid, "a.txt", "text/plain; charset=utf-8");
    expect(await upload(wanted, text)).toBe(200);
    expect((await send("POST", "/v1/articles", article)).status).toBe(201);
    const path = `/v1/articles/${aid}`;
    expect(await send("PATCH", path, { image: "a.txt" })).toMatchObject({
      status: 422,
      body: { field: "image", detail: expect.stringContaining("text/plain") },
    });
    expect((await send("PATCH", path, { title: "another" })).status).toBe(200);
    expect((await send("DELETE", path)).status).toBe(204);
  });
});
