import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isMediaName,
  isMediaType,
  mediaAnnouncement,
  mediaKey,
  mediaNames,
  mediaPath,
} from "#shared/media.ts";

describe("media", () => {
  it.each(["image_a1_1.jpg", "文字 1.txt", "a", "-.-", "50%.png"])("takes the name %s", (name) => {
    expect(isMediaName(name)).toBe(true);
  });

  it.each([
    "",
    ".",
    "..",
    ".hidden",
    "a/b",
    "../a",
    "a\\b",
    "a,b",
    "a\0",
    "a\n",
    "x".repeat(256),
    "张".repeat(86),
    "\ud800",
  ])("refuses the name %j", (name) => {
    expect(isMediaName(name)).toBe(false);
  });

  it("gives each name one key of the article's own, and one address that leads to it", () => {
    fc.assert(
      fc.property(fc.nat(), fc.string({ unit: "grapheme" }).filter(isMediaName), (aid, name) => {
        expect(mediaKey(aid, name).split("/")).toEqual(["media", String(aid), name]);
        const { pathname } = new URL(mediaPath(aid, name), "http://entry");
        expect(pathname.split("/").map(decodeURIComponent).slice(2)).toEqual([
          "media",
          String(aid),
          name,
        ]);
      }),
    );
  });

  it.each([
    "image/jpeg",
    "video/webm",
    "audio/ogg",
    "text/plain; charset=utf-8",
    "application/octet-stream",
  ])("shows %s", (type) => {
    expect(isMediaType(type)).toBe(true);
  });

  it.each([
    "text/html",
    "image/svg+xml",
    "application/xml",
    "text/javascript",
    "image/png, text/html",
    "",
  ])("does not show %s", (type) => {
    expect(isMediaType(type)).toBe(false);
  });

  it("tells the files that an article names", () => {
    expect(mediaNames({ text: "t.txt", image: "a.jpg, b.jpg,,", video: "" })).toEqual({
      text: "t.txt",
      images: ["a.jpg", "b.jpg"],
      video: undefined,
    });
  });

  const file = { aid: 1, name: "a.txt", size: 3, sha256: "0".repeat(64), type: "image/png" };
  it.each([
    [{ ...file, name: "../a" }, "name"],
    [{ ...file, type: "text/html" }, "type"],
    [{ ...file, sha256: "0" }, "sha256"],
    [{ ...file, aid: -1 }, "aid"],
    [{ ...file, size: -1 }, "size"],
  ])("refuses the announcement %j", (wrong, field) => {
    const { error } = mediaAnnouncement.safeParse({ files: [wrong] });
    expect(error?.issues[0]?.path).toEqual(["files", 0, field]);
  });
});
