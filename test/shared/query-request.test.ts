import { describe, expect, it } from "vitest";
import { isProblem } from "#shared/problem.ts";
import { fieldsOf } from "#shared/query-fields.ts";
import { parseListRequest, toListName } from "#shared/query-request.ts";
import { reads } from "#shared/tables.ts";

const fields = [
  ...fieldsOf(reads, { alias: "t" }),
  ...fieldsOf(reads, { alias: "r", at: "exists", prefix: "read.", isShown: false, only: ["aid"] }),
];

const parse = (text: string) => parseListRequest(new URLSearchParams(text), fields);

const problemOf = (text: string): Record<string, unknown> => {
  try {
    parse(text);
  } catch (error) {
    if (isProblem(error)) return error.toJSON();
    throw error;
  }
  throw new Error("it did not throw");
};

describe("a list", () => {
  it.each([
    { text: "uid=7", filter: { name: "uid", operator: "eq", values: [7] } },
    { text: "uid[in]=7,8,7", filter: { name: "uid", operator: "in", values: [7, 8] } },
    { text: "timestamp[gte]=1000", filter: { name: "timestamp", operator: "gte", values: [1000] } },
    {
      text: "timestamp[lt]=2015-05-01",
      filter: { name: "timestamp", operator: "lt", values: [Date.UTC(2015, 4, 1)] },
    },
    {
      text: "timestamp=2015-05-01T06:30:00.5Z",
      filter: { name: "timestamp", operator: "eq", values: [Date.UTC(2015, 4, 1, 6, 30, 0, 500)] },
    },
    { text: "commentDetail=", filter: { name: "commentDetail", operator: "eq", values: [""] } },
    { text: "agreeOrNot=1", filter: { name: "agreeOrNot", operator: "eq", values: [1] } },
    { text: "read.aid[gt]=3", filter: { name: "read.aid", operator: "gt", values: [3] } },
  ])("takes the filter $text", ({ text, filter }) => {
    expect(parse(text).filters).toEqual([filter]);
  });

  it("is sorted by some of its fields and shows those asked for", () => {
    const { sort, shown, limit } = parse("sort=-timestamp,uid&fields=uid,id&limit=7");
    expect(sort).toEqual([
      { name: "timestamp", isDescending: true },
      { name: "uid", isDescending: false },
    ]);
    expect([...(shown ?? [])]).toEqual(["uid", "id"]);
    expect(limit).toBe(7);
  });

  it.each([
    { text: "regoin=x", field: "regoin", says: "known: id, timestamp, uid" },
    { text: "home=1", field: "home", says: "sort, fields, limit, cursor" },
    { text: "constructor=1", field: "constructor", says: "unknown parameter" },
    { text: "uid[like]=1", field: "uid[like]", says: "known: gte, gt, lte, lt, in" },
    { text: "uid[eq]=1", field: "uid[eq]", says: "unknown operator" },
    { text: "limit[gte]=1", field: "limit[gte]", says: "unknown parameter" },
    { text: "uid[=1", field: "uid[", says: "unknown parameter" },
    { text: "id=北京", field: "id", says: "ASCII" },
    { text: "uid=x", field: "uid", says: "whole number" },
    { text: "uid[in]=1,,2", field: "uid[in]", says: "whole number" },
    { text: `uid[in]=${Array(1_001).fill("1").join()}`, field: "uid[in]", says: "at most 1000" },
    { text: "agreeOrNot=2", field: "agreeOrNot", says: "neither 0 nor 1" },
    { text: "timestamp=yesterday", field: "timestamp", says: "time in UTC" },
    { text: "timestamp=1969-12-31", field: "timestamp", says: "time in UTC" },
    { text: "timestamp=2015-13-01", field: "timestamp", says: "time in UTC" },
    { text: "uid=1&uid=1", field: "uid", says: "more than once" },
    { text: "sort=", field: "sort", says: "known: id, timestamp" },
    { text: "sort=read.aid", field: "sort", says: "known" },
    { text: "sort=commentDetail", field: "sort", says: "not sorted by" },
    { text: "sort=uid,-uid", field: "sort", says: "twice" },
    { text: "sort=id,uid,aid,timestamp,readSequence", field: "sort", says: "more than 4" },
    { text: "fields=home", field: "fields", says: "there is no field" },
    { text: "fields=read.aid", field: "fields", says: "there is no field" },
    { text: "limit=", field: "limit", says: "from 1 to 5000" },
  ])("refuses $text", ({ text, field, says }) => {
    const problem = problemOf(text);
    expect(problem).toMatchObject({ status: 400, field });
    expect(problem["detail"]).toContain(says);
  });

  it("has one name whatever the order of its filters, and another with other ones", () => {
    const name = (text: string): string => toListName("reads", parse(text));
    expect(name("uid=1&aid=2")).toBe(name("aid=2&uid=1&limit=3&fields=id"));
    const others = ["uid=1", "uid=2", "uid[gte]=1", "sort=uid", "sort=-uid", ""].map(name);
    expect(new Set(others).size).toBe(others.length);
  });
});
