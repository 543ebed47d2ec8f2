/** The articles of the sample: article i appears at the i-th step of 10,000 seconds. */

import type { Category } from "./corpus.ts";
import { Random } from "./random.ts";
import { type Language, storyOf } from "./stories.ts";

export interface ArticleRow {
  readonly id: string;
  readonly timestamp: string;
  readonly aid: string;
  readonly title: string;
  readonly category: Category;
  readonly abstract: string;
  readonly articleTags: string;
  readonly authors: string;
  readonly language: Language;
  readonly text: string;
  readonly image: string;
  readonly video: string;
}

const START_SECONDS = 1_415_000_000;
const STEP_SECONDS = 10_000;

/**
 * The row names its text, images and video whether or not `--media` writes them: the three tables
 * are the same bytes in each mode.
 */
export const articleRow = (seed: number, i: number): ArticleRow => {
  const random = new Random(seed, "articles", i);
  const category: Category = random.chance(0.45) ? "science" : "technology";
  const language: Language = random.chance(0.5) ? "en" : "zh";
  const articleTags = `tags${random.below(50)}`;
  const authors = `author${random.below(2000)}`;
  const video = random.chance(0.05) ? `video_a${i}.webm` : "";
  const images = Array.from({ length: 1 + random.below(5) }, (_, n) => `image_a${i}_${n + 1}.jpg`);
  const { title, abstract } = storyOf(seed, i, category, language);
  return {
    id: `a${i}`,
    timestamp: String(START_SECONDS + STEP_SECONDS * i),
    aid: String(i),
    title,
    category,
    abstract,
    articleTags,
    authors,
    language,
    text: `text_a${i}.txt`,
    image: images.join(","),
    video,
  };
};

/** How many of `count` articles exist at this second. */
export const articlesBy = (count: number, seconds: number): number =>
  Math.min(count, Math.floor((seconds - START_SECONDS) / STEP_SECONDS));
