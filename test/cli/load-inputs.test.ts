import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findInputs } from "#infra/cli/load-inputs.ts";
import type { InputOptions } from "#shared/staged-names.ts";

const LINES = '{"uid":"1"}\n';
let dir: string;
let server: Server;
let url: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "tagenal-inputs-"));
  await mkdir(join(dir, "set"));
  await writeFile(join(dir, "set/user.dat"), LINES);
  await writeFile(join(dir, "set/user_read.sql.gz"), gzipSync("--"));
  await writeFile(join(dir, "set/notes.txt"), "not for loading");
  await writeFile(join(dir, "export (2).CSV"), "uid\n1\n");
  await writeFile(join(dir, "users.dat"), LINES);
  await mkdir(join(dir, "empty"));
  server = createServer(({ url: path = "" }, response) => {
    if (path.startsWith("/data/article.jsonl")) {
      response.setHeader("content-encoding", "gzip");
      response.end(gzipSync(LINES));
    } else if (path === "/dump") {
      response.end(zstdCompressSync(LINES));
    } else if (path === "/cut/user.dat") {
      response.setHeader("content-length", "1000");
      response.write(LINES, () => response.destroy());
    } else {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.close();
  await rm(dir, { recursive: true });
});

const find = async (source: string, options: InputOptions = {}, stdin = "") => {
  const inputs = await findInputs([source], options, Readable.from([Buffer.from(stdin)]));
  const contents = await Promise.all(
    inputs.files.map(async ({ name, path, size }) => {
      const content = await readFile(path);
      expect(content.length).toBe(size);
      return [name, content] as const;
    }),
  );
  await inputs.dispose();
  return { ...inputs, contents };
};

describe("load-inputs", () => {
  it("takes the files of a folder whose names tell what they are, and leaves it alone", async () => {
    const { contents, folders } = await find(join(dir, "set"));
    expect(contents.map(([name]) => name)).toEqual(["user.dat", "user_read.sql.gz"]);
    expect(folders).toEqual([join(dir, "set")]);
    expect(existsSync(join(dir, "set/user.dat"))).toBe(true);
  });

  it("takes single files, and names them by what is told of them", async () => {
    expect((await find(join(dir, "users.dat"))).contents).toEqual([
      ["users.dat", Buffer.from(LINES)],
    ]);
    const { contents } = await find(join(dir, "export (2).CSV"), { table: "reads" });
    expect(contents.map(([name]) => name)).toEqual(["read-export-2.csv"]);
  });

  it("takes standard input, and tells by itself whether it is compressed", async () => {
    const told = { table: "users", format: "jsonl" } as const;
    const { contents, files } = await find("-", told, LINES);
    expect(contents).toEqual([["user-stdin.jsonl", Buffer.from(LINES)]]);
    expect(existsSync(files[0]?.path ?? "")).toBe(false);
    const inputs = await findInputs(["-"], told, Readable.from([gzipSync(LINES)]));
    expect(inputs.files.map(({ name }) => name)).toEqual(["user-stdin.jsonl.gz"]);
    await inputs.dispose();
  });

  it("fetches what an address answers", async () => {
    expect((await find(`${url}/data/article.jsonl?token=x`)).contents).toEqual([
      ["article.jsonl", Buffer.from(LINES)],
    ]);
    const { contents } = await find(`${url}/dump`, { table: "users", format: "sql" });
    expect(contents.map(([name]) => name)).toEqual(["user-dump.sql.zst"]);
    const whole = await find(`${url}/dump`, { format: "sql" });
    expect(whole.contents.map(([name]) => name)).toEqual([
      "user-dump.dump.sql.zst",
      "article-dump.dump.sql.zst",
      "read-dump.dump.sql.zst",
    ]);
  });

  it.each([
    ["a table that nothing tells", () => find("-", { format: "csv" }), /--table/],
    ["a format that nothing tells", () => find("-", { table: "users" }), /--format/],
    ["a folder without a file to load", () => find(join(dir, "empty")), /nothing to load/],
    ["a file that is not there", () => find(join(dir, "nowhere")), /no file or folder/],
    ["an address that answers an error", () => find(`${url}/nothing`), /answered 404/],
    ["an answer that breaks off", () => find(`${url}/cut/user.dat`), /user.dat could not be read/],
    ["an address that does not answer", () => find("http://127.0.0.1:1/user.dat"), /not answer/],
  ])("says what to do about %s", async (_, finding, message) => {
    await expect(finding()).rejects.toThrow(message);
  });

  it("refuses two files that would have one name", async () => {
    const file = join(dir, "users.dat");
    await expect(findInputs([file, file], {})).rejects.toThrow(/both be called users.dat/);
  });
});
