import { describe, expect, it } from "vitest";
import { sniffType } from "#infra/cli/sniff-type.ts";
import { filmClip } from "#infra/sample/clip.ts";
import { paintPicture } from "#infra/sample/pictures.ts";

describe("sniff-type", () => {
  it("knows pictures and clips by their bytes", async () => {
    expect(await sniffType(await paintPicture(1, 1), true)).toBe("image/jpeg");
    expect(await sniffType(await filmClip(1, 1), true)).toBe("video/webm");
  });

  it.each([
    ["a text", Buffer.from("张三 reads"), true, "text/plain; charset=utf-8"],
    ["an empty file", Buffer.alloc(0), true, "text/plain; charset=utf-8"],
    ["a text whose end is not there", Buffer.from("a"), false, "application/octet-stream"],
    ["bytes that are no text", Buffer.from([0xff, 0xfe, 0x01]), true, "application/octet-stream"],
    [
      "a page that could run scripts",
      Buffer.from("<html><script>"),
      true,
      "text/plain; charset=utf-8",
    ],
    [
      "an image that could",
      Buffer.from('<?xml version="1.0"?><svg/>'),
      true,
      "application/octet-stream",
    ],
    [
      "a program",
      Buffer.from("\x7fELF\x02\x01\x01".padEnd(64, "\0")),
      true,
      "application/octet-stream",
    ],
  ])("takes %s for what it may be", async (_, bytes, isWhole, type) => {
    expect(await sniffType(bytes, isWhole)).toBe(type);
  });
});
