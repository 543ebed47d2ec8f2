import { describe, expect, it } from "vitest";
import { parseBody } from "#shared/parse-body.ts";
import { isProblem } from "#shared/problem.ts";
import { toChangesSchema, toNewRowSchema } from "#shared/row-schema.ts";
import { articles, reads, users } from "#shared/tables.ts";

const user = {
  uid: 7,
  timestamp: 1_410_000_000_000,
  name: "Li",
  gender: "female",
  email: "li@example.org",
  phone: "1",
  dept: "d1",
  grade: "g1",
  language: "zh",
  region: "Beijing",
  role: "r1",
  preferTags: "",
  obtainedCredits: 3,
};

const read = {
  ...{ timestamp: 1, uid: 7, aid: 3, readTimeLength: 1, readSequence: 0 },
  ...{ readOrNot: 1, agreeOrNot: 0, commentOrNot: 0, shareOrNot: 0 },
};

const fieldOf = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    if (isProblem(error)) return error.field;
    throw error;
  }
  throw new Error("it was taken");
};

describe("a new row", () => {
  it("is taken as it is, with what may be missing", () => {
    expect(parseBody(toNewRowSchema(users), user)).toEqual(user);
    expect(parseBody(toNewRowSchema(users), { ...user, id: "u7" })).toMatchObject({ id: "u7" });
    expect(parseBody(toNewRowSchema(reads), read)).toEqual({ ...read, commentDetail: "" });
  });

  it.each([
    { field: "uid", given: { uid: "7" } },
    { field: "uid", given: { uid: -1 } },
    { field: "uid", given: { uid: 2 ** 53 } },
    { field: "uid", given: { uid: 1.5 } },
    { field: "name", given: { name: "x".repeat(101) } },
    { field: "name", given: { name: "\ud800" } },
    { field: "name", given: { name: null } },
    { field: "region", given: { region: undefined } },
    { field: "id", given: { id: "北京" } },
    { field: "id", given: { id: "" } },
    { field: "home", given: { home: 1 } },
    { field: "colour", given: { colour: "red" } },
  ])("is refused for its $field", ({ field, given }) => {
    expect(fieldOf(() => parseBody(toNewRowSchema(users), { ...user, ...given }))).toBe(field);
  });

  it("has texts by characters, not by their parts, and flags that are 0 or 1", () => {
    const name = "😀".repeat(100);
    expect(parseBody(toNewRowSchema(users), { ...user, name })).toMatchObject({ name });
    expect(fieldOf(() => parseBody(toNewRowSchema(reads), { ...read, readOrNot: 2 }))).toBe(
      "readOrNot",
    );
  });
});

describe("changes", () => {
  const schema = toChangesSchema(articles, ["aid", "id"]);

  it("are some of the fields", () => {
    expect(parseBody(schema, { title: "T", video: "" })).toEqual({ title: "T", video: "" });
  });

  it.each([
    { field: "aid", changes: { aid: 3 } },
    { field: "id", changes: { id: "a3" } },
    { field: "title", changes: { title: 3 } },
    { field: undefined, changes: {} },
    { field: undefined, changes: [] },
  ])("are refused for $field", ({ field, changes }) => {
    expect(fieldOf(() => parseBody(schema, changes))).toBe(field);
  });
});
