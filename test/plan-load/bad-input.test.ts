/** Each kind of bad input, in each format: what is wrong is told, what is right is planned. */
import { describe, expect, it } from "vitest";
import { compressions, type Format, formats } from "./formats.ts";
import { article, planInput, read, user } from "./input.ts";

type Fields = Readonly<Record<string, unknown>>;

interface Bad {
  readonly what: string;
  readonly table: "user" | "article" | "user_read";
  readonly rows: readonly Fields[];
  readonly field: string;
  readonly reason: RegExp;
}

const bad: readonly Bad[] = [
  {
    what: "a missing field",
    table: "user",
    rows: [user(1, { name: undefined }), user(2)],
    field: "name",
    // CSV cannot tell an empty text from a missing one.
    reason: /missing/,
  },
  {
    what: "a wrong field",
    table: "user",
    rows: [user(1, { uid: "one" }), user(2)],
    field: "uid",
    reason: /not a whole number/,
  },
  {
    what: "a field too many",
    table: "user",
    rows: [user(1, { shoeSize: "43" })],
    field: "shoe",
    reason: /unknown field/,
  },
  {
    what: "a text that is too long",
    table: "user",
    rows: [user(1, { name: "x".repeat(101) }), user(2)],
    field: "name",
    reason: /longer than 100/,
  },
  {
    what: "an unknown region",
    table: "user",
    rows: [user(1, { region: "Mars" }), user(2)],
    field: "region",
    reason: /unknown region "Mars"/,
  },
  {
    what: "an unknown category",
    table: "article",
    rows: [article(1, { category: "gossip" }), article(2)],
    field: "category",
    reason: /unknown category/,
  },
  {
    what: "a key that comes again with other content",
    table: "user",
    rows: [user(2), user(2, { name: "another" })],
    field: "uid",
    reason: /came before with other content/,
  },
  {
    what: "a read of nobody",
    table: "user_read",
    rows: [read(1, 99, 3), read(2, 2, 3)],
    field: "uid",
    reason: /unknown user 99/,
  },
  {
    what: "a read of nothing",
    table: "user_read",
    rows: [read(1, 2, 99), read(2, 2, 3)],
    field: "aid",
    reason: /unknown article 99/,
  },
];

const owners = (format: Format, { ending }: { ending: string }, table: string) => ({
  ...(table === "user"
    ? {}
    : { [`user${format.ending}${ending}`]: format.write("user", [user(2)]) }),
  ...(table === "user_read"
    ? { [`article${format.ending}${ending}`]: format.write("article", [article(3)]) }
    : {}),
});

describe.each(formats)("bad input as $name", (format) => {
  describe.each(compressions)("$name", (compression) => {
    const plan = (files: Readonly<Record<string, string>>) =>
      planInput(
        Object.fromEntries(
          Object.entries(files).map(([name, text]) => [name, compression.compress(text)]),
        ),
      );
    const nameOf = (table: string): string => `${table}${format.ending}${compression.ending}`;

    it.each(bad)("$what is rejected alone", async ({ table, rows, field, reason }) => {
      const isCsvGap = format.ending === ".csv" && reason.source === "missing";
      const sent = isCsvGap ? rows.map(({ name: _, ...rest }) => rest) : rows;
      const before = owners(format, compression, table);
      const { counts, rejects, chunks } = await plan({
        ...before,
        [nameOf(table)]: format.write(table, sent),
      });
      const planned = chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
      expect(rejects.length).toBe(isCsvGap ? 2 : 1);
      expect(planned + rejects.length).toBe(counts.rows);
      expect(rejects[0]?.file).toBe(nameOf(table));
      expect(rejects[0]?.field).toMatch(field);
      expect(rejects[0]?.reason).toMatch(reason);
      expect(rejects[0]?.line).toBeGreaterThan(0);
      // The row can be corrected and sent again.
      expect(JSON.parse(rejects[0]?.row ?? "")).toBeTypeOf("object");
    });

    it("what is no record is rejected alone", async () => {
      const text = format.write("user", [user(1), user(2)]) + format.broken;
      const { rejects, rowsOf } = await plan({ [nameOf("user")]: text });
      expect(rejects).toEqual([
        expect.objectContaining({ reason: expect.stringMatching(format.reason) }),
      ]);
      expect(rowsOf("users")).toHaveLength(2);
    });

    it("a file that ends too early loses no row silently", async () => {
      const rows = Array.from({ length: 50 }, (_, index) => user(index + 1));
      const whole = compression.compress(format.write("user", rows));
      const cut = whole.subarray(0, Math.floor(whole.length * 0.7));
      const planning = planInput({ [nameOf("user")]: cut });
      if (compression.ending === "") {
        const { rejects, rowsOf } = await planning;
        expect(rejects).toHaveLength(1);
        expect(rowsOf("users").length).toBeLessThan(50);
      } else {
        await expect(planning).rejects.toMatchObject({
          code: "unprocessable",
          message: expect.stringContaining(`${nameOf("user")} is damaged or cut off`),
        });
      }
    });

    it("bytes that are not UTF-8 are rejected with their row", async () => {
      const text = format.write("user", [user(1, { name: "WRONG" }), user(2)]);
      const bytes = Buffer.from(text.replace("WRONG", "\xff\xfe"), "latin1");
      const { rejects, rowsOf } = await planInput({
        [nameOf("user")]: compression.compress(bytes),
      });
      expect(rejects).toEqual([expect.objectContaining({ reason: "not UTF-8" })]);
      expect(rowsOf("users")).toHaveLength(1);
    });
  });
});
