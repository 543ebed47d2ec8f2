/** The users of the sample: user i joins in the i-th step of 10,000 seconds. */
import { Random } from "./random.ts";

export interface UserRow {
  readonly id: string;
  readonly timestamp: string;
  readonly uid: string;
  readonly name: string;
  readonly gender: string;
  readonly email: string;
  readonly phone: string;
  readonly dept: string;
  readonly grade: string;
  readonly language: string;
  readonly region: string;
  readonly role: string;
  readonly preferTags: string;
  readonly obtainedCredits: string;
}

const START_SECONDS = 1_410_000_000;
const STEP_SECONDS = 10_000;

/** What a read needs of its user. Drawn first, so that it can be had without the whole row. */
const drawHead = (random: Random, i: number) => ({
  seconds: START_SECONDS + STEP_SECONDS * i + random.below(STEP_SECONDS),
  region: random.chance(0.6) ? "Beijing" : "Hong Kong",
});

export const userHead = (seed: number, i: number) => drawHead(new Random(seed, "users", i), i);

export const userRow = (seed: number, i: number): UserRow => {
  const random = new Random(seed, "users", i);
  const { seconds, region } = drawHead(random, i);
  return {
    id: `u${i}`,
    timestamp: String(seconds),
    uid: String(i),
    name: `user${i}`,
    gender: random.chance(0.67) ? "male" : "female",
    // example.com belongs to nobody, and a made-up number could be somebody's.
    email: `user${i}@example.com`,
    phone: `phone${i}`,
    dept: `dept${random.below(20)}`,
    grade: `grade${1 + random.below(4)}`,
    language: random.chance(0.8) ? "zh" : "en",
    region,
    role: `role${random.below(3)}`,
    preferTags: `tags${random.below(50)}`,
    obtainedCredits: String(random.below(99)),
  };
};

/** How many of `count` users exist at this second. Users join in order, one a step. */
export const usersBy = (seed: number, count: number, seconds: number): number => {
  const newest = Math.floor((seconds - START_SECONDS) / STEP_SECONDS);
  if (newest > count) return count;
  return userHead(seed, newest).seconds <= seconds ? newest : newest - 1;
};
