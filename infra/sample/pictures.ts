/** Small JPEGs of abstract art: the same number gives the same bytes (for one version of sharp). */
import sharp from "sharp";
import { createArt } from "./art.ts";
import { Random } from "./random.ts";

const WIDTH = 160;
const HEIGHT = 120;

export const paintPicture = async (seed: number, number: number): Promise<Buffer> => {
  const art = createArt(new Random(seed, "pictures", number), WIDTH, HEIGHT);
  return await sharp(art.at(0)).flatten().jpeg({ quality: 75 }).toBuffer();
};
