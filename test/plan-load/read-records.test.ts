import { Readable } from "node:stream";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FileRecord } from "#functions/plan-load/file-record.ts";
import { readRecords } from "#functions/plan-load/read-records.ts";

/** In pieces of the given length, as a network might deliver it. */
const readAll = async (
  content: string | Buffer,
  name: string,
  piece = 7,
): Promise<FileRecord[]> => {
  const bytes = Buffer.from(content);
  const pieces = Array.from({ length: Math.ceil(bytes.length / piece) }, (_, index) =>
    bytes.subarray(index * piece, (index + 1) * piece),
  );
  const records: FileRecord[] = [];
  const stream = Readable.from(pieces, { objectMode: false });
  for await (const batch of readRecords(stream, name)) records.push(...batch);
  return records;
};

const records = (found: FileRecord[]): unknown[] => found.map(({ record }) => record);

describe("read-records", () => {
  it("reads the same wherever the stream is cut", async () => {
    const value = fc.oneof(fc.string({ unit: "grapheme" }), fc.integer());
    const input = fc.array(fc.dictionary(fc.string(), value), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(input, fc.integer({ min: 1, max: 50 }), async (objects, piece) => {
        const text = objects.map((object) => JSON.stringify(object)).join("\n");
        const found = await readAll(text, "user.dat", piece);
        expect(JSON.stringify(records(found))).toBe(JSON.stringify(objects));
        expect(found.map(({ line }) => line)).toEqual(objects.map((_, index) => index + 1));
      }),
      { numRuns: 60 },
    );
  });

  it("takes a byte order mark, blank lines, CRLF and a last line without an end", async () => {
    const found = await readAll('\ufeff{"a":1}\r\n\r\n  \n{"a":2}', "user.jsonl");
    expect(found.map(({ line, record }) => [line, record])).toEqual([
      [1, { a: 1 }],
      [4, { a: 2 }],
    ]);
  });

  it("goes on after a line that is no JSON or no UTF-8", async () => {
    const content = Buffer.concat([
      Buffer.from('{"a":1}\n{"a":'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('}\n{"a"\n{"a":2}\n'),
    ]);
    const found = await readAll(content, "user.dat", 1_000);
    expect(found.map(({ line, fault }) => [line, fault])).toEqual([
      [1, undefined],
      [2, "not UTF-8"],
      [3, "not JSON"],
      [4, undefined],
    ]);
  });

  it.each([
    ["user.dat.gz", gzipSync],
    ["user.dat.zst", zstdCompressSync],
  ])("reads %s", async (name, compress) => {
    const text = Array.from({ length: 999 }, (_, a) => JSON.stringify({ a })).join("\n");
    expect(records(await readAll(compress(text), name, 100))).toHaveLength(999);
  });

  it.each([
    ["cut off", gzipSync('{"a":1}\n'.repeat(999)).subarray(0, 40)],
    ["no gzip at all", Buffer.from('{"a":1}\n')],
  ])("refuses a gzip that is %s, naming the file", async (_, content) => {
    await expect(readAll(content, "user.dat.gz", 16)).rejects.toMatchObject({
      code: "unprocessable",
      message: expect.stringContaining("user.dat.gz is damaged or cut off"),
    });
  });

  it("answers nothing for an empty file", async () => {
    expect(await readAll("", "user.dat")).toEqual([]);
    expect(await readAll("", "user.csv")).toEqual([]);
  });

  it("reads CSV with quotes, commas and line ends inside a field", async () => {
    const found = await readAll('uid,name\n1,"a, ""b""\nc"\n2,d\n', "user.csv");
    expect(records(found)).toEqual([
      { uid: "1", name: 'a, "b"\nc' },
      { uid: "2", name: "d" },
    ]);
  });

  it("goes on after a CSV line with too many fields", async () => {
    const found = await readAll("uid,name\n1,a\n2,b,c\n3,d\n", "user.csv");
    expect(found.filter(({ fault }) => fault === undefined)).toHaveLength(2);
    expect(found.filter(({ fault }) => fault !== undefined)).toHaveLength(1);
    expect(found.find(({ fault }) => fault !== undefined)?.line).toBe(3);
  });

  it("passes an error of the source on as it is", async () => {
    const source = new Readable({ read: () => {} });
    source.destroy(new Error("the store is gone"));
    const reading = (async () => {
      for await (const _ of readRecords(source, "user.dat.gz"));
    })();
    await expect(reading).rejects.toThrow("the store is gone");
  });
});
