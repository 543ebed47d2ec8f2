/**
 * A clip of two seconds that every browser plays, without a video encoder: a lossy WebP picture
 * holds exactly one VP8 keyframe, and a WebM file may consist of keyframes alone.
 */
import sharp from "sharp";
import { createArt } from "./art.ts";
import { Random } from "./random.ts";
import { toWebm } from "./webm.ts";

const WIDTH = 160;
const HEIGHT = 120;
const SECONDS = 2;
const FRAMES_PER_SECOND = 10;

/** The VP8 frame of a WebP file of the simple form: RIFF, size, WEBP, "VP8 ", size, frame. */
const toKeyframe = (webp: Buffer): Buffer => {
  const kind = webp.toString("latin1", 8, 16);
  if (kind !== "WEBPVP8 ") throw new Error(`expected a simple lossy WebP picture, not ${kind}`);
  return webp.subarray(20, 20 + webp.readUInt32LE(16));
};

export const filmClip = async (seed: number, number: number): Promise<Buffer> => {
  const art = createArt(new Random(seed, "clips", number), WIDTH, HEIGHT);
  const count = SECONDS * FRAMES_PER_SECOND;
  const frames = Array.from({ length: count }, async (_, n) =>
    toKeyframe(
      await sharp(art.at(n / count))
        .flatten()
        .webp({ quality: 50 })
        .toBuffer(),
    ),
  );
  return toWebm(await Promise.all(frames), {
    width: WIDTH,
    height: HEIGHT,
    framesPerSecond: FRAMES_PER_SECOND,
  });
};
