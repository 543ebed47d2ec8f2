/**
 * The reads of the sample: read i happens at the i-th step of 2,000 seconds.
 *
 * A user and an article are drawn evenly among those that exist by then, and kept with the
 * probability of the user's region; a pair that is not kept is drawn again for the same i, as the
 * published generator does. So `--reads N` is the number of rows in the file, ids run from r1 to rN,
 * and Hong Kong reads somewhat more than its share of the users.
 */
import { articlesBy } from "./articles.ts";
import { Random } from "./random.ts";
import { userHead, usersBy } from "./users.ts";

export interface ReadRow {
  readonly id: string;
  readonly timestamp: string;
  readonly uid: string;
  readonly aid: string;
  readonly readTimeLength: string;
  readonly readSequence: string;
  readonly readOrNot: string;
  readonly agreeOrNot: string;
  readonly commentOrNot: string;
  readonly commentDetail: string;
  readonly shareOrNot: string;
}

export interface Population {
  readonly seed: number;
  readonly users: number;
  readonly articles: number;
}

const START_SECONDS = 1_430_000_000;
const STEP_SECONDS = 2000;
const keptIn: Readonly<Record<string, number>> = { Beijing: 0.6, "Hong Kong": 0.8 };

const drawPair = (random: Random, { seed, users, articles }: Population, seconds: number) => {
  const usersThen = usersBy(seed, users, seconds);
  const articlesThen = articlesBy(articles, seconds);
  for (;;) {
    const uid = 1 + random.below(usersThen);
    const aid = 1 + random.below(articlesThen);
    if (random.chance(keptIn[userHead(seed, uid).region] ?? 0)) return { uid, aid };
  }
};

const flag = (random: Random, probability: number) => (random.chance(probability) ? "1" : "0");

export const readRow = (population: Population, i: number): ReadRow => {
  const random = new Random(population.seed, "reads", i);
  const seconds = START_SECONDS + STEP_SECONDS * i;
  const { uid, aid } = drawPair(random, population, seconds);
  return {
    id: `r${i}`,
    timestamp: String(seconds),
    uid: String(uid),
    aid: String(aid),
    readTimeLength: String(random.below(100)),
    readSequence: String(random.below(4)),
    readOrNot: "1",
    agreeOrNot: flag(random, 0.2),
    commentOrNot: flag(random, 0.2),
    // Present on every read, commented or not, as in the data that people have.
    commentDetail: `comments to this article: (${uid},${aid})`,
    shareOrNot: flag(random, 0.1),
  };
};
