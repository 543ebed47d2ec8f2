import { hash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cell, EMPTY, rowChecksum, xor } from "#shared/checksum.ts";
import { FIRST_PLACEMENT, placement } from "#shared/placement.ts";
import { createShardMap } from "#shared/shards.ts";
import { article, nothingStored, planInput, read, toLines, user } from "./input.ts";

const owners = { "user.dat": toLines(user(1), user(2)), "article.dat": toLines(article(3)) };
const shards = createShardMap(["-80", "80-"]);
const homeOf = (uid: number): bigint =>
  placement(FIRST_PLACEMENT, "users", uid % 2 === 0 ? "Beijing" : "Hong Kong", uid);

describe("planner", () => {
  it("gives a read the homes of its user and its article", async () => {
    const { rowsOf, rejects } = await planInput({
      ...owners,
      "read.dat": toLines(read(1, 2, 3)),
    });
    expect(rejects).toEqual([]);
    expect(rowsOf("reads")).toEqual([
      [
        homeOf(2).toString(),
        "r1",
        1_430_002_000_000,
        2,
        3,
        placement(FIRST_PLACEMENT, "articles", "technology", 3).toString(),
        33,
        2,
        1,
        0,
        1,
        "well said",
        0,
      ],
    ]);
  });

  it("keeps each chunk to one table and one shard, with its count, sum and fingerprint", async () => {
    const { chunks, objects } = await planInput({
      ...owners,
      "read.dat": toLines(...Array.from({ length: 15_000 }, (_, i) => read(i, 1 + (i % 2), 3))),
    });
    expect(chunks.map(({ number }) => number)).toEqual(chunks.map((_, index) => index + 1));
    expect(chunks.filter(({ table }) => table === "reads").length).toBeGreaterThan(2);
    for (const chunk of chunks) {
      const body = objects.get(chunk.object) ?? "";
      const rows = JSON.parse(body) as Cell[][];
      expect(rows).toHaveLength(chunk.rows);
      expect(rows.length).toBeLessThanOrEqual(4_000);
      expect(rows.map(rowChecksum).reduce(xor, EMPTY)).toEqual(chunk.sum);
      expect(hash("sha256", body)).toBe(chunk.sha256);
      const owners = new Set(rows.map(([home]) => shards.ownerOf(BigInt(home ?? 0))));
      expect([...owners]).toEqual([chunk.shard]);
    }
  });

  it("plans the same again", async () => {
    const input = { ...owners, "read.dat": toLines(read(1, 1, 3), read(2, 2, 3)) };
    const [one, other] = [await planInput(input), await planInput(input)];
    expect(other.chunks).toEqual(one.chunks);
    expect(other.objects).toEqual(one.objects);
  });

  it("assigns the same ids to rows without one, at most 40 ASCII characters", async () => {
    const withoutId = toLines(read(0, 1, 3, { id: undefined }), read(0, 1, 3, { id: undefined }));
    const input = {
      "user.dat": toLines(user(1, { id: undefined })),
      "article.dat": toLines(article(3, { id: null })),
      "read.dat": withoutId,
    };
    const { rowsOf } = await planInput(input);
    expect(rowsOf("users")[0]?.[2]).toBe("u1");
    expect(rowsOf("articles")[0]?.[2]).toBe("a3");
    const ids = rowsOf("reads").map(([, id]) => String(id));
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^[!-~]{1,40}$/);
    expect((await planInput(input)).rowsOf("reads")).toEqual(rowsOf("reads"));
  });

  it.each([
    ["region", toLines(user(1, { region: "Shanghai" })), /unknown region "Shanghai"/],
    ["uid", toLines(user(1, { uid: "one" })), /whole number/],
    ["shoeSize", toLines(user(1, { shoeSize: 43 })), /unknown field/],
    ["", "{not json}\n", /not JSON/],
    ["", "[]\n", /not a JSON object/],
    ["uid", toLines(user(1), user(1, { name: "another" })), /came before with other content/],
  ])("rejects a user by its %s", async (field, content, reason) => {
    const { rejects } = await planInput({ "user.dat": content });
    expect(rejects).toHaveLength(1);
    expect(rejects[0]).toMatchObject({ file: "user.dat", field });
    expect(rejects[0]?.reason).toMatch(reason);
    expect(rejects[0]?.line).toBe(content.trimEnd().split("\n").length);
  });

  it.each([
    ["uid", toLines(read(1, 99, 3)), /unknown user 99/],
    ["aid", toLines(read(1, 1, 99)), /unknown article 99/],
    ["agreeOrNot", toLines(read(1, 1, 3, { agreeOrNot: "maybe" })), /0 nor 1/],
    ["id", toLines(read(1, 1, 3), read(1, 2, 3)), /came before/],
  ])("rejects a read by its %s", async (field, content, reason) => {
    const { rejects, rowsOf } = await planInput({ ...owners, "read.dat": content });
    expect(rejects).toEqual([expect.objectContaining({ file: "read.dat", field })]);
    expect(rejects[0]?.reason).toMatch(reason);
    expect(rowsOf("reads").length).toBe(content.split("\n").length - 2);
  });

  it("skips and counts a row that comes again with the same content", async () => {
    const { counts, rejects, rowsOf } = await planInput({
      "user.dat": toLines(user(1), user(1, { timestamp: 1_410_120_000_000 })),
    });
    expect(counts).toEqual({ rows: 2, repeated: 1, skipped: 0, updated: 0 });
    expect(rejects).toEqual([]);
    expect(rowsOf("users")).toHaveLength(1);
  });

  describe("with rows in the database", () => {
    const storedUser = async (name: string) => {
      const { rowsOf } = await planInput({ "user.dat": toLines(user(1, { name })) });
      const row = rowsOf("users")[0] as Cell[];
      const homes = new Map([[1, BigInt(row[0] ?? 0)]]);
      return {
        ...nothingStored,
        homes: async (table: string) => (table === "users" ? homes : new Map<number, bigint>()),
        sums: async () => new Map([[1, rowChecksum(row)]]),
      };
    };

    it("rejects other content under a known key, or passes it over if asked to", async () => {
      const stored = await storedUser("before");
      const input = { "user.dat": toLines(user(1, { name: "after" })) };
      const { rejects } = await planInput(input, { stored });
      expect(rejects).toEqual([expect.objectContaining({ field: "uid", line: 1 })]);
      const skipped = await planInput(input, { stored, onConflict: "skip" });
      expect(skipped.rejects).toEqual([]);
      expect(skipped.counts.skipped).toBe(1);
      expect(skipped.chunks).toEqual([]);
    });

    it("counts the same content as known, and has nothing to do about it", async () => {
      const stored = await storedUser("before");
      const input = { "user.dat": toLines(user(1, { name: "before" }), user(2)) };
      const { chunks, known, rowsOf } = await planInput(input, { stored });
      expect(rowsOf("users").map(([, uid]) => uid)).toEqual([2]);
      expect(known).toEqual([
        {
          ...{ number: chunks.length + 1, table: "users", rows: 1, isKnown: true },
          ...{ shard: shards.ownerOf(homeOf(1)), object: "", sha256: "" },
          sum: (await stored.sums()).get(1),
        },
      ]);
    });

    it("plans to replace other content if asked to, unless the row would have to move", async () => {
      const stored = await storedUser("before");
      const onConflict = "update";
      const input = { "user.dat": toLines(user(1, { name: "after" })) };
      const { rowsOf, counts, rejects } = await planInput(input, { stored, onConflict });
      expect({ rejects, updated: counts.updated }).toEqual({ rejects: [], updated: 1 });
      expect(rowsOf("users")[0]).toContain("after");
      const elsewhere = { "user.dat": toLines(user(1, { region: "Beijing" })) };
      const moved = await planInput(elsewhere, { stored, onConflict });
      expect(moved.rejects).toEqual([
        expect.objectContaining({ field: "uid", reason: expect.stringMatching(/another region/) }),
      ]);
    });

    it("rejects a read that is there with other content", async () => {
      const stored = {
        ...nothingStored,
        readSums: async () => new Map([["r2", { high: 1, low: 1 }]]),
      };
      const input = { ...owners, "read.dat": toLines(read(1, 1, 3), read(2, 1, 3)) };
      const { rejects, rowsOf } = await planInput(input, { stored });
      expect(rejects).toEqual([expect.objectContaining({ field: "id", line: 2 })]);
      expect(rowsOf("reads")).toHaveLength(1);
      const skipped = await planInput(input, { stored, onConflict: "skip" });
      expect(skipped.counts.skipped).toBe(1);
      const updated = await planInput(input, { stored, onConflict: "update" });
      expect(updated.rowsOf("reads")).toHaveLength(2);
      expect(updated.counts.updated).toBe(1);
    });

    it("finds the home of a read's user there", async () => {
      const { rowsOf, rejects } = await planInput(
        { "article.dat": toLines(article(3)), "read.dat": toLines(read(1, 1, 3), read(2, 5, 3)) },
        { stored: await storedUser("before") },
      );
      expect(rowsOf("reads").map(([home]) => home)).toEqual([homeOf(1).toString()]);
      expect(rejects).toEqual([expect.objectContaining({ line: 2, reason: "unknown user 5" })]);
    });
  });

  it("accounts for every record exactly once, whatever the input", async () => {
    const line = fc.oneof(
      fc.integer({ min: 1, max: 6 }).map((uid) => JSON.stringify(user(uid))),
      fc
        .tuple(fc.integer({ min: 1, max: 6 }), fc.string())
        .map(([uid, name]) => JSON.stringify(user(uid, { name }))),
      fc.json(),
      fc.constantFrom("{", "null", "x"),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 30 }), async (lines) => {
        const { counts, rejects, rowsOf } = await planInput({
          "user.dat": lines.map((text) => `${text.replaceAll("\n", " ")}\n`).join(""),
        });
        expect(rowsOf("users").length + counts.repeated + rejects.length).toBe(counts.rows);
        const uids = rowsOf("users").map(([, uid]) => uid);
        expect(new Set(uids).size).toBe(uids.length);
      }),
      { numRuns: 60 },
    );
  });
});
