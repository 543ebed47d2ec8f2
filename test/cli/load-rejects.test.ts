import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseReject, readCorrected } from "#infra/cli/load-rejects.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "tagenal-corrected-"));
});
afterAll(() => rm(dir, { recursive: true }));

const reject = (fields: object): string =>
  JSON.stringify({
    file: "user.sql",
    line: 1,
    field: "uid",
    reason: "x",
    row: '{"uid":1}',
    ...fields,
  });

const read = async (...lines: string[]) => {
  const file = join(dir, "rejects.jsonl");
  await writeFile(file, lines.map((line) => `${line}\n`).join(""));
  return readCorrected(file);
};

describe("load-rejects", () => {
  it("takes rows as text or as JSON, and leaves to a read the id that it was given", () => {
    expect(parseReject(reject({}))).toEqual({ table: "users", row: '{"uid":1}' });
    expect(parseReject(reject({ row: { uid: 2 } }))).toEqual({ table: "users", row: '{"uid":2}' });
    const ofRead = { file: "user_read.csv", id: "abc-7" };
    expect(parseReject(reject(ofRead))).toEqual({ table: "reads", row: '{"uid":1,"id":"abc-7"}' });
    const own = { ...ofRead, row: '{"id":"own"}' };
    expect(parseReject(reject(own))).toEqual({ table: "reads", row: '{"id":"own"}' });
  });

  it.each([
    ["not JSON", "{", /not a line/],
    ["a row that was not corrected", reject({ row: '{"uid"' }), /correct it/],
    ["a row that is no object", reject({ row: "[1]" }), /correct it/],
    ["a file that tells no table", reject({ file: "x.dat" }), /no table/],
  ])("says what is wrong with %s", (_, line, reason) => {
    expect(parseReject(line)).toEqual({ reason: expect.stringMatching(reason) });
  });

  it("writes a file a table, and passes over what is about no row", async () => {
    const missing = reject({ row: "", reason: "the file a.jpg is missing" });
    const more = JSON.stringify({ reason: "7 more are not listed" });
    const corrected = await read(reject({}), "", missing, reject({ file: "article.dat" }), more);
    expect(corrected).toMatchObject({ rows: 2, passedOver: 2 });
    const names = await readdir(corrected.folder);
    expect(names.sort()).toEqual(["article-corrected.jsonl", "user-corrected.jsonl"]);
    expect(await readFile(join(corrected.folder, "user-corrected.jsonl"), "utf8")).toBe(
      '{"uid":1}\n',
    );
    await corrected.dispose();
    await expect(readdir(corrected.folder)).rejects.toThrow(/ENOENT/);
  });

  it("names the lines that cannot be loaded, and loads none", async () => {
    await expect(read(reject({}), reject({ row: "nonsense" }))).rejects.toThrow(/line 2: its row/);
    await expect(read(reject({ row: "" }))).rejects.toThrow(/no row to load/);
    await expect(readCorrected(join(dir, "nowhere"))).rejects.toThrow(/no file/);
  });
});
