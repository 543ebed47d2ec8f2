/** Files of every format, from every place, through the command line into a real cluster. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createVtgate, type Vtgate } from "#shared/vtgate.ts";
import { compressions, formats } from "../plan-load/formats.ts";
import { article, read, user } from "../plan-load/input.ts";
import { runCli } from "./cli.ts";

const cluster = inject("cluster");
let lastKey = 5_000_000_000;
let vtgate: Vtgate;
let dir: string;

beforeAll(async () => {
  vtgate = createVtgate(cluster.vtgateUrl, { connections: 4 });
  dir = await mkdtemp(join(tmpdir(), "tagenal-formats-"));
});

afterAll(async () => {
  await vtgate.close();
  await rm(dir, { recursive: true });
});

const takeKeys = (count: number): number[] => {
  const first = lastKey + 1;
  lastKey += count;
  return Array.from({ length: count }, (_, index) => first + index);
};

const tagenal = (args: readonly string[], stdin?: string) =>
  runCli(cluster, { args, cwd: dir, ...(stdin === undefined ? {} : { stdin }) });

const namesOf = async (keys: readonly number[]): Promise<unknown[]> =>
  (
    await vtgate.tagenal.query<{ name: string }>(
      "select uid, name from user where uid in (?) order by uid",
      [keys],
    )
  ).map(({ name }) => name);

const awkward = `it's "quoted", 张\\💡; -- /* none */ %_`;

describe("tagenal load", () => {
  const each = formats.flatMap((format) => compressions.map((one) => ({ format, ...one })));

  it.each(each)("loads $format.name, $name", async ({ format, ending, compress }) => {
    const keys = takeKeys(5);
    const folder = await mkdtemp(join(dir, "set-"));
    const write = (table: string, records: object[]): Promise<void> =>
      writeFile(
        join(folder, `${table}${format.ending}${ending}`),
        compress(format.write(table, records as Record<string, unknown>[])),
      );
    await write(
      "user",
      keys.map((key) => user(key, { name: awkward })),
    );
    await write(
      "article",
      keys.map((key) => article(key)),
    );
    await write(
      "user_read",
      keys.map((key) => read(0, key, key, { id: `f${key}`, commentDetail: awkward })),
    );
    const { code, output } = await tagenal(["load", folder]);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(await namesOf(keys)).toEqual(keys.map(() => awkward));
    const reads = await vtgate.tagenal.query(
      "select comment_detail as detail from user_read where uid in (?)",
      [keys],
    );
    expect(reads).toEqual(keys.map(() => ({ detail: awkward })));
  });

  it("loads standard input", async () => {
    const keys = takeKeys(3);
    const file = join(dir, "export");
    await writeFile(file, keys.map((key) => `${JSON.stringify(user(key))}\n`).join(""));
    const { code, output } = await tagenal(
      ["load", "-", "--table", "users", "--format", "jsonl"],
      file,
    );
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(await namesOf(keys)).toEqual(keys.map((key) => `user${key}`));
  });

  it("loads what an address answers", async () => {
    const keys = takeKeys(3);
    const lines = keys.map((key) => `${JSON.stringify(user(key))}\n`).join("");
    const server = createServer((_, response) => response.end(lines));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const { code, output } = await tagenal(["load", `http://127.0.0.1:${port}/data/users.dat`]);
    server.close();
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(await namesOf(keys)).toEqual(keys.map((key) => `user${key}`));
  });

  it("loads a dump of all tables, and leaves out what is none of them", async () => {
    const keys = takeKeys(3);
    const write = (table: string, records: object[]): string =>
      formats[3]?.write(table, records as Record<string, unknown>[]) ?? "";
    const file = join(dir, "shop.sql");
    const tables = [
      write("be_read", [{ id: "b1", aid: 1 }]),
      write(
        "user_read",
        keys.map((key) => read(0, key, key, { id: `w${key}` })),
      ),
      write(
        "article",
        keys.map((key) => article(key)),
      ),
      write("basket", [{ id: 1, goods: "none" }]),
      write(
        "user",
        keys.map((key) => user(key)),
      ),
    ];
    await writeFile(file, tables.join("\n"));
    const { code, output } = await tagenal(["load", file]);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(/reads +3 rows: 3 loaded/);
    expect(await namesOf(keys)).toEqual(keys.map((key) => `user${key}`));
  });

  it("keeps rejected rows of a dump, each with what is wrong with it", async () => {
    const [one = 0, two = 0] = takeKeys(2);
    const rows = [user(one), user(two, { region: "Mars" })];
    const folder = await mkdtemp(join(dir, "set-"));
    await writeFile(join(folder, "user.sql"), formats[3]?.write("user", rows) ?? "");
    const { code, output } = await tagenal(["load", folder, "--max-errors", "1"]);
    expect({ code, output }).toMatchObject({ code: 0 });
    const rejects = await readFile(join(folder, "rejects.jsonl"), "utf8");
    expect(JSON.parse(rejects)).toMatchObject({ file: "user.sql", number: 2, field: "region" });
    expect(await namesOf([one, two])).toEqual([`user${one}`]);
  });
});
