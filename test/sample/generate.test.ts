import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { generateSample } from "#infra/sample/generate-sample.ts";
import { SampleError, type SampleOptions, type SampleProgress } from "#infra/sample/options.ts";

const few = { users: 40, articles: 60, reads: 300, seed: 1 } as const;
const tables = ["user.dat", "article.dat", "read.dat"] as const;

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tagenal-sample-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const generate = async (name: string, options: Partial<SampleOptions> = {}) =>
  await generateSample({ ...few, dir: join(folder, name), ...options });

const filesIn = async (name: string): Promise<string[]> => {
  const entries = await readdir(join(folder, name), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((file) => join(file.parentPath, file.name)).toSorted();
};

/** Path and content of every file. */
const hashOf = async (name: string, files?: readonly string[]): Promise<string> => {
  const hash = createHash("sha256");
  for (const file of files ?? (await filesIn(name))) {
    hash.update(file.replace(join(folder, name), ""));
    hash.update(await readFile(file));
  }
  return hash.digest("hex");
};
const tablesHash = async (name: string): Promise<string> =>
  await hashOf(
    name,
    tables.map((table) => join(folder, name, table)),
  );

const rowsIn = async (name: string, table: string): Promise<Record<string, string>[]> => {
  const lines = (await readFile(join(folder, name, table), "utf8")).split("\n");
  expect(lines.pop()).toBe("");
  return lines.map((line) => JSON.parse(line) as Record<string, string>);
};

describe("generate-sample", () => {
  it("writes the same bytes for the same seed and others for another", async () => {
    await generate("one");
    await generate("again");
    await generate("other", { seed: 2 });
    expect(await hashOf("again")).toBe(await hashOf("one"));
    expect(await tablesHash("other")).not.toBe(await tablesHash("one"));
  });

  it("keeps the rows of published seeds", async () => {
    await generate("one", { media: "none" });
    // A change here means that every sample of every reader changes.
    expect(await tablesHash("one")).toMatchSnapshot();
  });

  it("changes no article with the number of users, and only appends with more rows", async () => {
    await generate("few", { media: "none" });
    await generate("many", { users: 80, reads: 600, media: "none" });
    const read = async (name: string, table: string) =>
      await readFile(join(folder, name, table), "utf8");
    expect(await read("many", "article.dat")).toBe(await read("few", "article.dat"));
    const users = await read("few", "user.dat");
    expect((await read("many", "user.dat")).startsWith(users)).toBe(true);
  });

  it("writes as many rows as asked for, and reads of users and articles in the files", async () => {
    const summary = await generate("one", { media: "none" });
    const [users, articles, reads] = [
      await rowsIn("one", "user.dat"),
      await rowsIn("one", "article.dat"),
      await rowsIn("one", "read.dat"),
    ];
    expect(summary.rows).toEqual({ users: 40, articles: 60, reads: 300 });
    expect([users.length, articles.length, reads.length]).toEqual([40, 60, 300]);
    const uids = new Set(users.map((user) => user["uid"]));
    const aids = new Set(articles.map((article) => article["aid"]));
    for (const read of reads) {
      expect(uids.has(read["uid"]) && aids.has(read["aid"])).toBe(true);
    }
  });

  it("writes exactly the files that the articles name", async () => {
    const { media } = await generate("one");
    const named = (await rowsIn("one", "article.dat")).flatMap((article) =>
      [article["text"], ...(article["image"] ?? "").split(","), article["video"]]
        .filter((name) => name)
        .map((name) => join(folder, "one/articles", `article${article["aid"]}`, name ?? "")),
    );
    const found = await filesIn("one");
    expect(found.filter((file) => file.includes("/articles/"))).toEqual(named.toSorted());
    expect(media.texts + media.images + media.videos).toBe(named.length);
    expect(media.videos).toBeGreaterThan(0);
  });

  it("names the same files in every media mode, and writes those of none, some or all", async () => {
    await generate("all");
    await generate("some", { media: "sample" });
    await generate("none", { media: "none" });
    expect(await tablesHash("some")).toBe(await tablesHash("all"));
    expect(await tablesHash("none")).toBe(await tablesHash("all"));
    expect((await readdir(join(folder, "some/articles"))).length).toBe(50);
    expect((await filesIn("none")).length).toBe(3);
  });

  it("refuses a folder that is not empty, unless forced", async () => {
    await generate("one");
    await writeFile(join(folder, "one/notes.txt"), "mine");
    await expect(generate("one")).rejects.toThrow(/one is not empty.*--force/);
    await generate("one", { force: true, articles: 5, media: "all" });
    expect((await readdir(join(folder, "one/articles"))).length).toBe(5);
    expect(await readFile(join(folder, "one/notes.txt"), "utf8")).toBe("mine");
  });

  it.each([
    { option: "--users", bad: { users: 0 } },
    { option: "--articles", bad: { articles: 1.5 } },
    { option: "--reads", bad: { reads: -1 } },
    { option: "--reads", bad: { reads: 45_000_001 } },
    { option: "--seed", bad: { seed: 2 ** 32 } },
    { option: "--media", bad: { media: "some" as "all" } },
    { option: "DIR", bad: { dir: "" } },
  ])("names the bad option: $option", async ({ option, bad }) => {
    const failure = generate("one", bad);
    await expect(failure).rejects.toThrow(SampleError);
    await expect(failure).rejects.toThrow(option);
    expect(await readdir(folder)).toEqual([]);
  });

  it("says where it cannot write", async () => {
    await writeFile(join(folder, "file"), "");
    await expect(generate("file")).rejects.toThrow(/cannot write the sample to .*file: EEXIST/);
  });

  it.each(["user.dat", "articles"] as const)("stops when told to, at %s", async (file) => {
    const stop = new AbortController();
    const seen: string[] = [];
    const onProgress = (progress: SampleProgress) => {
      seen.push(progress.file);
      if (progress.file === file) stop.abort(new Error("enough"));
    };
    const options = { articles: 300, media: "all", signal: stop.signal, onProgress } as const;
    await expect(generate("one", options)).rejects.toThrow("enough");
    expect(seen.at(-1)).toBe(file);
  });
});
