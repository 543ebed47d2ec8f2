import { describe, expect, it } from "vitest";
import { chinese } from "#infra/sample/chinese.ts";
import type { Category } from "#infra/sample/corpus.ts";
import { english } from "#infra/sample/english.ts";
import { type Language, storyOf } from "#infra/sample/stories.ts";

const kinds: { language: Language; category: Category }[] = [
  { language: "en", category: "science" },
  { language: "en", category: "technology" },
  { language: "zh", category: "science" },
  { language: "zh", category: "technology" },
];
const stories = ({ language, category }: (typeof kinds)[number]) =>
  Array.from({ length: 400 }, (_, n) => {
    const { title, abstract, body } = storyOf(7, n + 1, category, language);
    return { title, abstract, text: body() };
  });

describe("sample stories", () => {
  it.each(kinds)("fill every slot of $language $category", (kind) => {
    for (const { title, abstract, text } of stories(kind)) {
      expect(`${title}${abstract}${text}`).not.toMatch(/[{}]|undefined/);
    }
  });

  it.each(kinds)("count up to 1,000 words in $language $category", (kind) => {
    const sizes = stories(kind).map(({ text }) =>
      kind.language === "en" ? text.split(/\s+/).length - 1 : text.replaceAll("\n", "").length,
    );
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1000);
    expect(Math.max(...sizes)).toBeGreaterThan(900);
    expect(Math.min(...sizes)).toBeLessThan(100);
  });

  it.each(kinds)("are written in the article's language: $language $category", (kind) => {
    for (const { title, abstract, text } of stories(kind)) {
      const hasHan = [title, abstract, text].map((part) => /\p{Script=Han}/u.test(part));
      expect(hasHan).toEqual(hasHan.map(() => kind.language === "zh"));
    }
  });

  it.each(kinds)("are sentences, at least one, in $language $category", (kind) => {
    for (const { title, text } of stories(kind)) {
      const [first, ...paragraphs] = text.trimEnd().split("\n\n");
      expect(first).toBe(title);
      expect(paragraphs.length).toBeGreaterThan(0);
      for (const paragraph of paragraphs) expect(paragraph).toMatch(/^[\p{Lu}\p{Lo}\d].*[.。]$/u);
    }
  });

  it("are the same again and others for another seed or article", () => {
    const told = (seed: number, aid: number) => storyOf(seed, aid, "science", "en").body();
    expect(told(1, 1)).toBe(told(1, 1));
    expect(new Set([told(1, 1), told(1, 2), told(2, 1)]).size).toBe(3);
  });

  it.each([
    { name: "English", corpus: english },
    { name: "Chinese", corpus: chinese },
  ])("know two parts or more of every $name topic", ({ corpus }) => {
    for (const topic of Object.values(corpus.topics).flat()) {
      expect(topic.parts.length).toBeGreaterThan(1);
    }
  });
});
