/** Media: sent beside the rows, checked, and served again, on a real cluster and object store. */
import { hash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { generateSample } from "#infra/sample/generate-sample.ts";
import { article, toLines } from "../plan-load/input.ts";
import { runCli } from "./cli.ts";

const cluster = inject("cluster");
let lastKey = 6_000_000_000;
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "tagenal-media-"));
});

afterAll(() => rm(dir, { recursive: true }));

const tagenal = (...args: string[]) => runCli(cluster, { args, cwd: dir });

const get = (path: string, init: RequestInit = {}) => fetch(`${cluster.url}${path}`, init);

/** A folder with one article and these files of it. */
const makeFolder = async (
  fields: object,
  files: Readonly<Record<string, string | Buffer>>,
): Promise<{ aid: number; folder: string }> => {
  lastKey += 1;
  const aid = lastKey;
  const folder = await mkdtemp(join(dir, "set-"));
  await writeFile(join(folder, "article.dat"), toLines(article(aid, fields)));
  const media = join(folder, "articles", `article${aid}`);
  await mkdir(media, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(media, name), content);
  return { aid, folder };
};

const names = { text: "text.txt", image: "a.png,文 b.gif", video: "" };
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGD4DwABBAEAX+XDSwAAAABJRU5ErkJggg==",
  "base64",
);
const gif = Buffer.from("R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==", "base64");
const files = { "text.txt": "a text, 一篇文章", "a.png": png, "文 b.gif": gif };

describe("media", () => {
  it("of a generated set are served as they were, by the links of their articles", async () => {
    const folder = join(dir, "generated");
    await generateSample({ dir: folder, users: 2, articles: 12, reads: 0, seed: 5, media: "all" });
    // Keys of our own: the sample's begin with 1, as those of other tests may.
    await rm(join(folder, "user.dat"));
    await rm(join(folder, "read.dat"));
    const text = await readFile(join(folder, "article.dat"), "utf8");
    const { code, output } = await tagenal("load", folder, "--on-conflict", "skip");
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(/media files/);
    for (const line of text.trimEnd().split("\n")) {
      const row = JSON.parse(line) as Record<"aid" | "text" | "image" | "video", string>;
      const { media } = (await (await get(`/v1/articles/${row.aid}`)).json()) as {
        media: { text: string; images: string[]; video: string | null };
      };
      const named = [row.text, ...row.image.split(","), ...(row.video === "" ? [] : [row.video])];
      const links = [media.text, ...media.images, ...(media.video === null ? [] : [media.video])];
      expect(links).toHaveLength(named.length);
      for (const [index, link] of links.entries()) {
        const local = join(folder, "articles", `article${row.aid}`, named[index] ?? "");
        const answer = await get(link);
        expect(answer.status).toBe(200);
        const body = Buffer.from(await answer.arrayBuffer());
        expect(hash("sha256", body)).toBe(hash("sha256", await readFile(local)));
        const type = /\.(\w+)$/.exec(local)?.[1] ?? "";
        const types = { txt: "text/plain; charset=utf-8", jpg: "image/jpeg", webm: "video/webm" };
        expect(answer.headers.get("content-type")).toBe(types[type as keyof typeof types]);
      }
    }
  });

  it("are sent once: the same folder again sends nothing and changes nothing", async () => {
    const { folder } = await makeFolder(names, files);
    expect((await tagenal("load", folder)).output).toMatch(/3 media files/);
    const { code, output } = await tagenal("load", folder);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(/3 of them were there before/);
  });

  it("that are missing are rejects of their article's row", async () => {
    const { "a.png": _, ...rest } = files;
    const { aid, folder } = await makeFolder(names, rest);
    const refused = await tagenal("load", folder);
    expect(refused.code).toBe(1);
    expect(refused.output).toMatch(/article.dat, line 1, image: the file a.png is missing/);
    expect((await get(`/v1/articles/${aid}`)).status).toBe(404);
    expect((await tagenal("load", folder, "--max-errors", "1")).code).toBe(0);
    expect((await get(`/v1/articles/${aid}`)).status).toBe(200);
    const rejects = JSON.parse(await readFile(join(folder, "rejects.jsonl"), "utf8")) as object;
    expect(rejects).toMatchObject({ file: "article.dat", line: 1, field: "image", row: "" });
    expect((await tagenal("load", folder, "--media", "present")).code).toBe(0);
  });

  it("never change under their name", async () => {
    const { aid, folder } = await makeFolder(names, files);
    expect((await tagenal("load", folder)).code).toBe(0);
    await writeFile(join(folder, "articles", `article${aid}`, "text.txt"), "another text");
    const { code, output } = await tagenal("load", folder);
    expect(code).toBe(1);
    expect(output).toMatch(new RegExp(`another content, such as /v1/media/${aid}/text.txt`));
    expect(await (await get(`/v1/media/${aid}/text.txt`)).text()).toBe(files["text.txt"]);
    expect((await tagenal("load", folder, "--on-conflict", "skip")).code).toBe(0);
    expect(await (await get(`/v1/media/${aid}/text.txt`)).text()).toBe(files["text.txt"]);
  });

  it("are answered in part, only if changed, and without a body if asked so", async () => {
    const { aid, folder } = await makeFolder(names, files);
    expect((await tagenal("load", folder)).code).toBe(0);
    const path = `/v1/media/${aid}/text.txt`;
    const whole = Buffer.from(files["text.txt"]);
    const full = await get(path);
    const etag = full.headers.get("etag") ?? "";
    expect(full.headers.get("cache-control")).toMatch(/immutable/);
    const part = await get(path, { headers: { range: "bytes=2-5" } });
    expect(part.status).toBe(206);
    expect(part.headers.get("content-range")).toBe(`bytes 2-5/${whole.length}`);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(whole.subarray(2, 6));
    const tail = await get(path, { headers: { range: "bytes=-3" } });
    expect(Buffer.from(await tail.arrayBuffer())).toEqual(whole.subarray(-3));
    expect((await get(path, { headers: { range: "bytes=999-" } })).status).toBe(416);
    expect((await get(path, { headers: { "if-none-match": etag } })).status).toBe(304);
    const head = await get(path, { method: "HEAD" });
    expect(head.status).toBe(200);
    expect(head.headers.get("content-length")).toBe(String(whole.length));
    expect(await head.text()).toBe("");
    const gone = { range: "bytes=0-1", "if-range": '"another"' };
    expect((await get(path, { headers: gone })).status).toBe(200);
  });

  it.each(["..%2F..%2Ftoken", "%2e%2e", ".hidden", "a%00b", "a%5Cb"])(
    "lead nowhere else: %s",
    async (name) => {
      const { status } = await get(`/v1/media/1/${name}`);
      expect([400, 404]).toContain(status);
    },
  );

  it("are sent by those with the token alone, and the store takes only what was announced", async () => {
    lastKey += 1;
    const content = Buffer.from("as announced");
    const file = {
      aid: lastKey,
      name: "a.txt",
      size: content.length,
      sha256: hash("sha256", content),
      type: "text/plain; charset=utf-8",
    };
    const post = (authorization: string, body: object) =>
      get("/v1/media", {
        method: "POST",
        headers: { authorization, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    expect((await post("", { files: [file] })).status).toBe(401);
    const token = `Bearer ${cluster.token}`;
    const html = await post(token, { files: [{ ...file, type: "text/html" }] });
    expect(await html.json()).toMatchObject({ status: 400, field: "files.0.type" });
    const { files: answers } = (await (await post(token, { files: [file] })).json()) as {
      files: { url: string; headers: Record<string, string> }[];
    };
    const put = (body: string, headers = answers[0]?.headers ?? {}) =>
      fetch(answers[0]?.url ?? "", { method: "PUT", headers, body });
    expect((await put("another body")).status).toBe(400);
    expect((await put(content.toString(), {})).status).toBe(403);
    expect((await put(content.toString())).status).toBe(200);
    expect((await put(content.toString())).status).toBe(412);
    expect(await (await get(`/v1/media/${lastKey}/a.txt`)).text()).toBe("as announced");
  });
});
