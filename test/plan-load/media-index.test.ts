import { describe, expect, it } from "vitest";
import { createMediaIndex } from "#functions/plan-load/media-index.ts";
import { article, planInput, toLines } from "./input.ts";

const createListing = (keys: readonly string[]) => {
  const asked: string[] = [];
  return {
    asked,
    list: async function* (prefix: string) {
      asked.push(prefix);
      for (const key of keys) if (key.startsWith(prefix)) yield { key };
    },
  };
};

const keys = ["media/1/text_a1.txt", "media/1/a.jpg", "media/2/text_a2.txt", "media/11/v.webm"];
const input = {
  "article.dat": toLines(
    article(1, { image: "a.jpg" }),
    article(2, { image: "a.jpg,b.jpg" }),
    article(3, { text: "", video: "v.webm" }),
  ),
};

describe("media-index", () => {
  it.each([
    ["listed at once", 100, 1],
    ["too many to be listed at once", 2, 4],
  ])("finds what is missing among files %s", async (_, most, lists) => {
    const listing = createListing(keys);
    const { rejects, rowsOf } = await planInput(input, { media: createMediaIndex(listing, most) });
    expect(rejects.map(({ line, field, reason }) => [line, field, reason])).toEqual([
      [2, "image", "the file a.jpg is missing"],
      [2, "image", "the file b.jpg is missing"],
      [3, "video", "the file v.webm is missing"],
    ]);
    expect(rowsOf("articles")).toHaveLength(3);
    expect(listing.asked).toHaveLength(lists);
  });

  it("looks for nothing where nobody asked", async () => {
    expect((await planInput(input)).rejects).toEqual([]);
  });
});
