import { describe, expect, it } from "vitest";
import {
  type ApiDocument,
  toEntries,
  toExample,
  toWords,
} from "#functions/serve-web/web/api-document.ts";
import { listFunctions } from "#infra/build.ts";
import { makeDocument } from "#infra/openapi.ts";

const document = (await makeDocument(await listFunctions())) as unknown as ApiDocument;
const entries = toEntries(document);
const find = (id: string) => {
  const entry = entries.find((one) => one.id === id);
  if (entry === undefined) throw new Error(`there is no ${id}`);
  return entry;
};

describe("the page of the API", () => {
  it("has every operation, and what each answers", () => {
    const paths = Object.values(document.paths).flatMap((path) => Object.keys(path));
    expect(entries).toHaveLength(paths.length);
    for (const { id, answers, summary } of entries) {
      expect(summary, id).not.toBe("");
      expect(answers.find(({ status }) => status === "503")?.text, id).toBe("Unavailable");
    }
  });

  it("has one line for all filters by a field", () => {
    const uid = find("listUsers").fields.filter(({ name }) => name.startsWith("uid"));
    expect(uid).toEqual([
      expect.objectContaining({ name: "uid", operators: ["gte", "gt", "lte", "lt", "in"] }),
    ]);
    expect(find("getUser").fields[0]).toMatchObject({ where: "path", isRequired: true });
  });

  it("shows what a body holds, one shape for each kind of operation", () => {
    const [user] = find("createUser").body;
    expect(user?.title).toBe("NewUser");
    expect(user?.fields.find(({ name }) => name === "name")).toMatchObject({
      type: "string of up to 100",
      isRequired: true,
    });
    const kinds = find("requestOperation").body.map(({ title }) => title);
    expect(kinds).toContain("join-tablet");
    expect(kinds).toContain("load");
  });

  it.each([
    { id: "listUsers", example: "/v1/users?limit=3" },
    { id: "getArticle", example: "/v1/articles/1" },
    { id: "listBeReadUids", example: "/v1/articles/1/be-read?list=read&limit=3" },
    { id: "getRank", example: "/v1/ranks/daily/2018-05-01" },
    { id: "getMedia", example: "/v1/media/1/text_a1.txt" },
  ])("tries $id at $example", ({ id, example }) => {
    expect(toExample(find(id))).toBe(example);
  });

  it.each([
    { schema: { type: "integer", minimum: 0, maximum: 2 ** 53 - 1 }, words: "integer 0…" },
    { schema: { enum: ["a", "b"] }, words: "a | b" },
    { schema: { items: { $ref: "#/components/schemas/User" } }, words: "list of User" },
    { schema: { type: ["string", "null"] }, words: "string or null" },
    { schema: {}, words: "anything" },
  ])("says $words", ({ schema, words }) => {
    expect(toWords(schema)).toBe(words);
  });
});
