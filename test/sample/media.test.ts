import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { filmClip } from "#infra/sample/clip.ts";
import { paintPicture } from "#infra/sample/pictures.ts";

interface Element {
  readonly id: string;
  /** Where it begins in the file. */
  readonly at: number;
  readonly body: Buffer;
  readonly children: readonly Element[];
}

/** The elements of RFC 9559 that hold others, as far as a clip has them. */
const masters = new Set([
  "1a45dfa3",
  "18538067",
  "1549a966",
  "1654ae6b",
  "ae",
  "e0",
  "1c53bb6b",
  "bb",
  "b7",
  "1f43b675",
]);

const vintLength = (first: number): number => Math.clz32(first) - 23;

/** A reader of EBML (RFC 8794) of its own: nothing of the writer is used. */
const parse = (file: Buffer, from = 0, to = file.length): Element[] => {
  const elements: Element[] = [];
  let at = from;
  while (at < to) {
    const idLength = vintLength(file.readUInt8(at));
    const sizeAt = at + idLength;
    const sizeLength = vintLength(file.readUInt8(sizeAt));
    const marked = file.readUIntBE(sizeAt, sizeLength);
    const bodyAt = sizeAt + sizeLength;
    const end = bodyAt + marked - 2 ** (7 * sizeLength);
    expect(end).toBeLessThanOrEqual(to);
    const id = file.toString("hex", at, sizeAt);
    const children = masters.has(id) ? parse(file, bodyAt, end) : [];
    elements.push({ id, at, body: file.subarray(bodyAt, end), children });
    at = end;
  }
  return elements;
};

const all = (elements: readonly Element[], id: string): Element[] =>
  elements.flatMap((element) => [
    ...(element.id === id ? [element] : []),
    ...all(element.children, id),
  ]);

const only = (elements: readonly Element[], id: string): Buffer => {
  const [found, ...more] = all(elements, id);
  expect(more).toEqual([]);
  return found?.body ?? Buffer.alloc(0);
};

const number = (body: Buffer): number => body.readUIntBE(0, body.length);

/** The picture of a block as a WebP file again, for a decoder that is not ours. */
const toWebp = (block: Element): Buffer => {
  const frame = block.body.subarray(4);
  const padded = Buffer.concat([frame, Buffer.alloc(frame.length % 2)]);
  const head = Buffer.from("RIFF    WEBPVP8     ", "latin1");
  head.writeUInt32LE(12 + padded.length, 4);
  head.writeUInt32LE(frame.length, 16);
  return Buffer.concat([head, padded]);
};

describe("sample pictures", () => {
  it("decode as JPEGs that show something", async () => {
    for (let n = 0; n < 20; n += 1) {
      const picture = sharp(await paintPicture(1, n));
      expect(await picture.metadata()).toMatchObject({ format: "jpeg", width: 160, height: 120 });
      const { channels } = await picture.stats();
      expect(Math.max(...channels.map(({ stdev }) => stdev))).toBeGreaterThan(8);
    }
  });

  it("differ by number and by seed, and are the same again", async () => {
    const numbers = [...Array.from({ length: 20 }).keys()];
    const pictures = await Promise.all(numbers.map((n) => paintPicture(1, n)));
    const other = await paintPicture(2, 0);
    expect(new Set([...pictures, other].map((picture) => picture.toString("hex"))).size).toBe(21);
    expect(await paintPicture(1, 3)).toEqual(pictures[3]);
  });
});

describe("sample clips", () => {
  it("are WebM files of two seconds of VP8", async () => {
    const file = parse(await filmClip(1, 0));
    expect(file.map(({ id }) => id)).toEqual(["1a45dfa3", "18538067"]);
    expect(only(file, "4282").toString()).toBe("webm");
    expect(only(file, "4489").readDoubleBE()).toBe(2000);
    expect(number(only(file, "2ad7b1"))).toBe(1_000_000);
    expect(only(file, "86").toString()).toBe("V_VP8");
    expect([number(only(file, "b0")), number(only(file, "ba"))]).toEqual([160, 120]);
  });

  it("show twenty pictures, a tenth of a second apart, each decodable", async () => {
    const clusters = all(parse(await filmClip(1, 1)), "1f43b675");
    const times: number[] = [];
    for (const { children } of clusters) {
      const start = number(only(children, "e7"));
      for (const block of all(children, "a3")) {
        times.push(start + block.body.readInt16BE(1));
        const picture = await sharp(toWebp(block)).raw().toBuffer({ resolveWithObject: true });
        expect(picture.info).toMatchObject({ width: 160, height: 120 });
      }
    }
    expect(times).toEqual(Array.from({ length: 20 }, (_, n) => n * 100));
  });

  it("can be searched: each cue points at the cluster of its time", async () => {
    const file = parse(await filmClip(1, 2));
    const segment = file[1];
    const clusters = all(file, "1f43b675");
    const cues = all(file, "bb").map(({ children }) => ({
      time: number(only(children, "b3")),
      position: number(only(children, "f1")),
    }));
    // Positions count from the segment's first byte: four bytes of id, four of size.
    const origin = (segment?.at ?? 0) + 8;
    expect(cues).toEqual(
      clusters.map(({ at, children }) => ({
        time: number(only(children, "e7")),
        position: at - origin,
      })),
    );
    expect(cues.length).toBe(2);
  });

  it("are the same again and differ by number", async () => {
    expect(await filmClip(1, 3)).toEqual(await filmClip(1, 3));
    expect(await filmClip(1, 3)).not.toEqual(await filmClip(1, 4));
  });
});
