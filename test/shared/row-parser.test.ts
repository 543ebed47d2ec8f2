import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRowParser } from "#shared/row-parser.ts";
import { articles, reads, users } from "#shared/tables.ts";

const user = {
  id: "u12",
  timestamp: "1410120000",
  uid: "12",
  name: "user12",
  gender: "male",
  email: "email12",
  phone: "phone12",
  dept: "dept1",
  grade: "grade4",
  language: "en",
  region: "Beijing",
  role: "role2",
  preferTags: "tags5",
  obtainedCredits: "9",
};
const userRow = [
  "",
  12,
  "u12",
  1_410_120_000_000,
  ..."user12 male email12 phone12 dept1 grade4 en Beijing role2 tags5".split(" "),
  9,
];
const read = { timestamp: 1, uid: 1, aid: 2, readTimeLength: 3, readSequence: 1 };
const flags = { readOrNot: "1", agreeOrNot: 0, commentOrNot: "0", shareOrNot: true };

const parseUser = createRowParser(users);
const parseRead = createRowParser(reads);

describe("row-parser", () => {
  it("makes a canonical row of texts", () => {
    expect(parseUser(user)).toEqual(userRow);
  });

  it("takes numbers, snake_case and milliseconds as well", () => {
    const { preferTags, obtainedCredits: _credits, ...rest } = user;
    const other = { ...rest, prefer_tags: preferTags, obtained_credits: 9, uid: 12 };
    expect(parseUser({ ...other, timestamp: 1_410_120_000_000 })).toEqual(userRow);
  });

  it("fills in what may be missing", () => {
    expect(parseRead({ ...read, ...flags })).toEqual([
      "",
      "",
      1000,
      1,
      2,
      "",
      3,
      1,
      1,
      0,
      0,
      "",
      1,
    ]);
    expect(parseRead({ ...read, ...flags, id: null, commentDetail: null })).toHaveLength(13);
  });

  it("keeps leading zeros out of numbers and in texts", () => {
    expect(parseUser({ ...user, uid: "0012", phone: "0012" })).toMatchObject({ 1: 12, 7: "0012" });
  });

  it.each([
    [{ uid: "twelve" }, "uid", /whole number/],
    [{ uid: "-1" }, "uid", /whole number/],
    [{ uid: 1.5 }, "uid", /whole number/],
    [{ uid: "9007199254740993" }, "uid", /whole number/],
    [{ uid: "" }, "uid", /whole number/],
    [{ uid: undefined }, "uid", /missing/],
    [{ name: null }, "name", /missing/],
    [{ name: {} }, "name", /not a text: object/],
    [{ name: "x".repeat(101) }, "name", /longer than 100/],
    [{ name: "\ud83d" }, "name", /Unicode/],
    [{ timestamp: "yesterday" }, "timestamp", /whole number/],
    [{ id: "a b" }, "id", /ASCII/],
    [{ id: "é" }, "id", /ASCII/],
    [{ id: "" }, "id", /ASCII/],
    [{ id: "x".repeat(41) }, "id", /40 ASCII/],
    [{ shoeSize: "43" }, "shoeSize", /unknown/],
    [{ home: "1" }, "home", /unknown/],
    [{ prefer_tags: "tags6" }, "prefer_tags", /twice/],
  ])("names the field of %j", (fields, field, reason) => {
    const fault = parseUser({ ...user, ...fields });
    expect(fault).toEqual({ field, reason: expect.stringMatching(reason) });
  });

  it.each([["2"], [""], [2], ["yes"]])("takes nothing but 0 and 1 for a flag: %j", (value) => {
    expect(parseRead({ ...read, ...flags, agreeOrNot: value })).toMatchObject({
      field: "agreeOrNot",
    });
  });

  it.each([[null], ["text"], [[]], [1], [undefined]])("refuses a record that is %j", (record) => {
    expect(parseUser(record)).toEqual({ field: "", reason: "not a JSON object" });
  });

  it("counts characters, not UTF-16 units", () => {
    expect(parseUser({ ...user, name: "💡".repeat(100) })).toHaveLength(15);
    expect(parseUser({ ...user, name: "💡".repeat(101) })).toMatchObject({ field: "name" });
  });

  it("never throws and never answers half a row", () => {
    const parseArticle = createRowParser(articles);
    fc.assert(
      fc.property(fc.anything(), (record) => {
        const result = parseArticle(record);
        expect(Array.isArray(result) ? result.length : typeof result.reason).toBeOneOf([
          articles.columns.length,
          "string",
        ]);
      }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(user)), fc.anything(), (field, value) => {
        const result = parseUser({ ...user, [field]: value });
        if (Array.isArray(result)) expect(result).toHaveLength(users.columns.length);
        else expect(result.field).toBe(field);
      }),
    );
  });
});
