/** What callers get wrong, and what they are told. */
import { describe, expect, inject, it } from "vitest";
import { usersSource } from "#functions/query-users/users-source.ts";
import { toCursor } from "#shared/query-cursor.ts";
import { parseListRequest, toListName } from "#shared/query-request.ts";

const { url } = inject("cluster");

const nameOf = (text: string): string =>
  toListName("users", parseListRequest(new URLSearchParams(text), usersSource.fields));
const foreign = toCursor(nameOf("region=Hong Kong"), ["9300000000000000000", 1]);
const outside = toCursor(nameOf(""), ["99999999999999999999", 1]);
const strange = toCursor(nameOf("sort=id"), ["😀", "9300000000000000000", 1]);
const short = toCursor(nameOf("sort=name"), ["9300000000000000000", 1]);

describe("a bad request", () => {
  it.each([
    { path: "/v1/users/abc", field: "uid", says: "whole number" },
    { path: "/v1/users/-1", field: "uid", says: "whole number" },
    { path: "/v1/users/01", field: "uid", says: "whole number" },
    { path: "/v1/users/1.0", field: "uid", says: "whole number" },
    { path: "/v1/users/9007199254740992", field: "uid", says: "whole number" },
    { path: "/v1/users/1%27%20OR%201=1", field: "uid", says: "whole number" },
    { path: "/v1/users/abc/reads", field: "uid", says: "whole number" },
    { path: "/v1/users/1?limit=3", field: "limit", says: "known: fields" },
    { path: "/v1/users?regoin=Beijing", field: "regoin", says: "known: uid, id, timestamp" },
    { path: "/v1/users?region=Shanghai", field: "region", says: "Beijing, Hong Kong" },
    { path: "/v1/users?region=constructor", field: "region", says: "Beijing, Hong Kong" },
    { path: "/v1/users?region=", field: "region", says: "Beijing, Hong Kong" },
    { path: "/v1/users?region[in]=Beijing,Paris", field: "region", says: "Beijing, Hong Kong" },
    { path: "/v1/users?uid[like]=1", field: "uid[like]", says: "known: gte" },
    { path: "/v1/users?id=%F0%9F%98%80", field: "id", says: "ASCII" },
    { path: `/v1/users?sort=id&cursor=${strange}`, field: "cursor", says: "not one that this API" },
    { path: "/v1/users?uid=1e3", field: "uid", says: "whole number" },
    { path: "/v1/users?timestamp[gte]=May", field: "timestamp[gte]", says: "time in UTC" },
    { path: "/v1/users?sort=-home", field: "sort", says: "known: uid, id, timestamp" },
    { path: "/v1/users?fields=uid,home", field: "fields", says: "known: uid, id, timestamp" },
    { path: `/v1/users?sort=name&cursor=${short}`, field: "cursor", says: "not one that this API" },
    { path: "/v1/users?read.category=sport", field: "read.category", says: "science, technology" },
    { path: "/v1/users/1/reads?agreeOrNot=yes", field: "agreeOrNot", says: "neither 0 nor 1" },
    { path: "/v1/reads?user=1", field: "user", says: "known: id, timestamp, uid" },
    { path: "/v1/reads?sort=title", field: "sort", says: "not sorted by" },
    { path: "/v1/be-reads?list=read", field: "list", says: "readNum, commentNum" },
    { path: "/v1/articles/1/readers?sort=name", field: "sort", says: "known: uid" },
    { path: "/v1/articles/x/readers", field: "aid", says: "whole number" },
    { path: "/v1/users?region=Beijing&region=Beijing", field: "region", says: "more than once" },
    { path: "/v1/users?limit=0", field: "limit", says: "from 1 to 5000" },
    { path: "/v1/users?limit=5001", field: "limit", says: "from 1 to 5000" },
    { path: "/v1/users?limit=many", field: "limit", says: "from 1 to 5000" },
    { path: "/v1/users?cursor=%00", field: "cursor", says: "not one that this API gave out" },
    { path: "/v1/users?cursor=e30", field: "cursor", says: "not one that this API gave out" },
    { path: `/v1/users?cursor=${outside}`, field: "cursor", says: "not one that this API" },
    { path: `/v1/users?cursor=${foreign}`, field: "cursor", says: "another list" },
    { path: `/v1/users?region=Beijing&cursor=${foreign}`, field: "cursor", says: "another list" },
    { path: "/v1/users/1/reads?cursor=x", field: "cursor", says: "not one that this API" },
    { path: "/v1/users/1/reads?limit=-5", field: "limit", says: "from 1 to 5000" },
    { path: "/v1/articles/abc", field: "aid", says: "whole number" },
    { path: "/v1/articles?category=sport", field: "category", says: "science, technology" },
    { path: "/v1/articles?region=Beijing", field: "region", says: "known: aid, id" },
    { path: "/v1/articles/1/be-read", field: "list", says: "read, comment, agree, share" },
    {
      path: "/v1/articles/1/be-read?list=reads",
      field: "list",
      says: "read, comment, agree, share",
    },
    { path: "/v1/articles/1/be-read?list=read&cursor=x", field: "cursor", says: "not one that" },
  ])("to $path is told what is wrong with $field", async ({ path, field, says }) => {
    const response = await fetch(url + path);
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({
      type: "urn:tagenal:problem:invalid-request",
      field,
      detail: expect.stringContaining(says),
    });
  });

  it.each([
    { path: "/v1/users/8999999999999999", field: "uid" },
    { path: "/v1/users/8999999999999999/reads", field: "uid" },
    { path: "/v1/articles/8999999999999999", field: "aid" },
    { path: "/v1/articles/8999999999999999/be-read?list=share", field: "aid" },
    { path: "/v1/articles/8999999999999999/readers", field: "aid" },
  ])("to $path is told that there is none", async ({ path, field }) => {
    const response = await fetch(url + path);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ type: "urn:tagenal:problem:not-found", field });
  });

  it.each([
    { path: "/v1/users/", status: 404 },
    { path: "/v1/users/1/reads/2", status: 404 },
    { path: "/v1/articles/1/be-read/", status: 404 },
    { path: "/v1/users/%E0%A4%A", status: 400 },
  ])("to $path, which is none of ours, gets $status", async ({ path, status }) => {
    expect((await fetch(url + path)).status).toBe(status);
  });
});
