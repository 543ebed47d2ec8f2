/**
 * The words of an article: a title, an abstract and a text about one topic, told in sentences of a
 * small corpus in the article's language.
 */
import { chinese } from "./chinese.ts";
import type { Category, Corpus, Some, Topic } from "./corpus.ts";
import { english } from "./english.ts";
import { Random } from "./random.ts";

export type Language = "en" | "zh";

export interface Story {
  readonly title: string;
  readonly abstract: string;
  /** Up to 1,000 words (Chinese: characters), at least one sentence. To be called once. */
  readonly body: () => string;
}

/** How to write about one topic: a function from a pattern with slots to a sentence. */
type Tell = (pattern: string) => string;

const MAX_WORDS = 1000;
const corpora: Readonly<Record<Language, Corpus>> = { en: english, zh: chinese };

/** What the slots of a sentence are filled from. */
interface Scene {
  readonly random: Random;
  readonly topic: Topic;
  readonly people: Some;
  /** Which part was named last. */
  part: number;
}

type Slot = (scene: Scene) => string;

const between =
  (from: number, to: number): Slot =>
  ({ random }) =>
    String(from + random.below(to - from + 1));

const commonSlots: Readonly<Record<string, Slot>> = {
  topic: ({ topic }) => topic.name,
  part: (scene) => {
    const { parts } = scene.topic;
    scene.part = scene.random.below(parts.length);
    return parts[scene.part] ?? parts[0];
  },
  // Never the part that was just named.
  otherPart: (scene) => {
    const { parts } = scene.topic;
    scene.part = (scene.part + 1 + scene.random.below(parts.length - 1)) % parts.length;
    return parts[scene.part] ?? parts[0];
  },
  goal: ({ random, topic }) => random.pick(topic.goals),
  trouble: ({ random, topic }) => random.pick(topic.troubles),
  people: ({ random, people }) => random.pick(people),
  few: between(3, 36),
  percent: between(2, 60),
  year: between(1995, 2014),
};

type Piece = string | Slot;

/** Cuts each pattern once: there are few, and each is used again and again. */
const createCut = (corpus: Corpus) => {
  const cuts = new Map<string, readonly Piece[]>();
  const toPiece = (piece: string, at: number): Piece => {
    if (at % 2 === 0) return piece;
    const words = corpus.words[piece];
    const slot =
      words === undefined ? commonSlots[piece] : ({ random }: Scene) => random.pick(words);
    if (slot === undefined) throw new Error(`the corpus knows no slot {${piece}}`);
    return slot;
  };
  return (pattern: string): readonly Piece[] => {
    const known = cuts.get(pattern);
    if (known !== undefined) return known;
    const pieces = pattern.split(/[{}]/).map(toPiece);
    cuts.set(pattern, pieces);
    return pieces;
  };
};

const cuts = { en: createCut(english), zh: createCut(chinese) };

const createTell =
  (language: Language, scene: Scene): Tell =>
  (pattern) => {
    let sentence = "";
    for (const piece of cuts[language](pattern)) {
      sentence += typeof piece === "string" ? piece : piece(scene);
    }
    return sentence.charAt(0).toUpperCase() + sentence.slice(1);
  };

/** Patterns in random order, each once before any comes again. */
const createDeck = (patterns: Some, random: Random) => {
  let deck: string[] = [];
  return (): string => {
    if (deck.length === 0) deck = [...patterns];
    return deck.splice(random.below(deck.length), 1)[0] ?? patterns[0];
  };
};

const tellBody = (corpus: Corpus, title: string, tell: Tell, random: Random): string => {
  const next = createDeck(corpus.sentences, random);
  let room = Math.max(1, 1 + random.below(MAX_WORDS) - corpus.size(title));
  const paragraphs = [title];
  for (let first = true; room > 0; first = false) {
    const sentences: string[] = [];
    for (let left = 3 + random.below(4); left > 0; left -= 1) {
      const opens = first && sentences.length === 0;
      const sentence = tell(opens ? random.pick(corpus.openings) : next());
      room -= corpus.size(sentence);
      if (room < 0 && !opens) break;
      sentences.push(sentence);
    }
    if (sentences.length > 0) paragraphs.push(sentences.join(corpus.gap));
  }
  return `${paragraphs.join("\n\n")}\n`;
};

export const storyOf = (
  seed: number,
  aid: number,
  category: Category,
  language: Language,
): Story => {
  const random = new Random(seed, "stories", aid);
  const corpus = corpora[language];
  const topic = random.pick(corpus.topics[category]);
  const tell = createTell(language, { random, topic, people: corpus.people[category], part: 0 });
  const title = tell(random.pick(corpus.titles));
  const opening = tell(random.pick(corpus.openings));
  const abstract = `${opening}${corpus.gap}${tell(random.pick(corpus.sentences))}`;
  return { title, abstract, body: () => tellBody(corpus, title, tell, random) };
};
