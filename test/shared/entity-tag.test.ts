import { describe, expect, it } from "vitest";
import { checkIfMatch, isKnownTag, toTag } from "#shared/entity-tag.ts";

describe("an entity tag", () => {
  it("is equal for equal text alone", () => {
    expect(toTag("a")).toBe(toTag(Buffer.from("a")));
    expect(new Set(["a", "b", ""].map((text) => toTag(text))).size).toBe(3);
    expect(toTag("a", "1")).not.toBe(toTag("a", "2"));
  });

  it("is known to whoever names it, weakly, among others, or any", () => {
    const tag = toTag("a", "1");
    for (const given of [tag, `W/${tag}`, `"x", ${tag}`, "*"])
      expect(isKnownTag(given, tag)).toBe(true);
    for (const given of [undefined, '"x"', toTag("a"), toTag("a", "2")])
      expect(isKnownTag(given, tag)).toBe(false);
  });

  it("lets a writer in who has seen the same row, whatever its counts", () => {
    const tag = toTag("a", "1");
    for (const given of [undefined, "*", tag, toTag("a"), toTag("a", "2"), `"x", ${tag}`])
      expect(() => checkIfMatch(given, tag)).not.toThrow();
    for (const given of ['"x"', toTag("b"), toTag("b", "1"), `W/${tag}`, ""])
      expect(() => checkIfMatch(given, tag)).toThrow("has changed since");
  });
});
