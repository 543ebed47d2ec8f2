import { describe, expect, it } from "vitest";
import { createCheckLinked, MOST_LINKED } from "#shared/linked-media.ts";

const types: Readonly<Record<string, string>> = {
  "media/7/a.txt": "text/plain; charset=utf-8",
  "media/7/a.jpg": "image/jpeg",
  "media/7/文 b.gif": "image/gif",
  "media/7/a.webm": "video/webm",
};
const check = createCheckLinked({
  find: async (key) => {
    const type = types[key];
    return type === undefined ? undefined : { sha256: "", size: 1, type };
  },
});

describe("the files that an article names", () => {
  it("are looked at where they are named, and fit", async () => {
    const all = { text: "a.txt", image: "a.jpg, 文 b.gif,", video: "a.webm" };
    await expect(check(7, all)).resolves.toBeUndefined();
    await expect(check(7, { title: "T" })).resolves.toBeUndefined();
    await expect(check(8, { text: "", image: "", video: "" })).resolves.toBeUndefined();
  });

  it.each([
    { fields: { text: "b.txt" }, field: "text", says: 'there is no file "b.txt" of article 7' },
    { fields: { image: "a.jpg,b.jpg" }, field: "image", says: 'no file "b.jpg"' },
    { fields: { image: "a.webm" }, field: "image", says: "is of type video/webm" },
    { fields: { video: "a.jpg" }, field: "video", says: "is of type image/jpeg" },
    { fields: { text: "a.jpg" }, field: "text", says: "is of type image/jpeg" },
    { fields: { text: "../8/a.txt" }, field: "text", says: "is not the name of a file" },
    { fields: { text: ".hidden" }, field: "text", says: "is not the name of a file" },
    {
      fields: { image: Array.from({ length: MOST_LINKED + 1 }, () => "a.jpg").join() },
      field: "image",
      says: "more than 100 files",
    },
  ])("are refused as $fields", async ({ fields, field, says }) => {
    await expect(check(7, fields)).rejects.toMatchObject({
      status: 422,
      field,
      message: expect.stringContaining(says),
    });
  });
});
