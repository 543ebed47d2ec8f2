import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createChunkWriter } from "#functions/plan-load/chunk-writer.ts";
import { EMPTY } from "#shared/checksum.ts";
import { createShardMap } from "#shared/shards.ts";

const shards = createShardMap(["-80", "80-"]);
const SLICE = 1n << 59n;

interface Given {
  readonly home: bigint;
  readonly articleHome: bigint;
}

const writeAll = async (reads: readonly Given[]) => {
  const bodies = new Map<string, string[][]>();
  const writer = createChunkWriter({
    put: async (key, body) => {
      bodies.set(key, JSON.parse(String(body)));
    },
    keyOf: String,
    shards,
  });
  for (const [index, { home, articleHome }] of reads.entries()) {
    const row = [String(index), String(home), String(articleHome)];
    writer.add({ table: "reads", home, articleHome, row, sum: EMPTY });
    await writer.drain();
  }
  await writer.endTable();
  return writer.chunks.map((chunk) => ({ ...chunk, lines: bodies.get(chunk.object) ?? [] }));
};

const anyHome = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });

describe("the chunks of a load", () => {
  it("hold each row once, of one shard and of articles of one shard", async () => {
    const someReads = fc.array(fc.record({ home: anyHome, articleHome: anyHome }));
    await fc.assert(
      fc.asyncProperty(someReads, async (reads) => {
        const chunks = await writeAll(reads);
        const ids = chunks.flatMap(({ lines }) => lines.map(([id]) => Number(id)));
        expect(ids.sort((one, other) => one - other)).toEqual([...reads.keys()]);
        for (const { shard, articleShard, rows, lines } of chunks) {
          expect(rows).toBe(lines.length);
          for (const [, home, articleHome] of lines) {
            expect(shards.ownerOf(BigInt(home ?? 0))).toBe(shard);
            expect(shards.ownerOf(BigInt(articleHome ?? 0))).toBe(articleShard);
          }
        }
      }),
    );
  });

  it("lie in one slice of the key space each, where there are enough rows", async () => {
    const reads = Array.from({ length: 16_000 }, (_, index) => ({
      home: BigInt(index % 4) * SLICE + BigInt(index),
      articleHome: 0n,
    }));
    const chunks = await writeAll(reads);
    const widths = chunks.map(
      ({ lines }) => new Set(lines.map(([, home]) => BigInt(home ?? 0) / SLICE)).size,
    );
    expect(widths).toEqual([1, 1, 1, 1]);
  });

  it("are numbered slice by slice, in all shards side by side", async () => {
    const slices = [17n, 1n, 0n, 16n];
    const reads = Array.from({ length: 32_000 }, (_, index) => ({
      home: (slices[index % 4] ?? 0n) * SLICE + BigInt(index),
      articleHome: 0n,
    }));
    const chunks = await writeAll(reads);
    expect(chunks.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const turns = chunks.map(({ lines }) => (BigInt(lines[0]?.[1] ?? 0) / SLICE) % 16n);
    expect(turns).toEqual([0n, 0n, 0n, 0n, 1n, 1n, 1n, 1n]);
    const halves = chunks.map(({ shard }) => shard);
    expect(new Set(halves.slice(0, 4))).toEqual(new Set(["-80", "80-"]));
    expect(new Set(halves.slice(4))).toEqual(new Set(["-80", "80-"]));
  });

  it("take what is left of neighbouring slices together", async () => {
    const reads = Array.from({ length: 320 }, (_, index) => ({
      home: BigInt(index % 32) * SLICE,
      articleHome: 0n,
    }));
    const chunks = await writeAll(reads);
    expect(chunks.map(({ shard, rows }) => [shard, rows])).toEqual([
      ["-80", 160],
      ["80-", 160],
    ]);
  });
});
