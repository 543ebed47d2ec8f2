/** What a language needs to tell plausible stories about technology and science. */

export type Category = "science" | "technology";
export type Some = readonly [string, ...string[]];

/**
 * One thing to write about. In English the name and the parts are plural and the troubles singular,
 * so that every sentence agrees with every topic.
 */
export interface Topic {
  readonly name: string;
  /** At least two. */
  readonly parts: Some;
  /** Each continues "in order to …". */
  readonly goals: Some;
  readonly troubles: Some;
}

export interface Corpus {
  readonly topics: Readonly<Record<Category, readonly [Topic, ...Topic[]]>>;
  readonly people: Readonly<Record<Category, Some>>;
  /**
   * Words for the slots in braces. Beside them a sentence may use {topic}, {part}, {otherPart},
   * {goal}, {trouble}, {people}, {few}, {percent} and {year}.
   */
  readonly words: Readonly<Record<string, Some>>;
  readonly titles: Some;
  readonly openings: Some;
  readonly sentences: Some;
  /** Between two sentences of a paragraph. */
  readonly gap: string;
  /** The length of a text, in the unit in which people of this language count. */
  readonly size: (text: string) => number;
}

const list = (items: string): Some => items.split("; ") as [string, ...string[]];

/** Lists are written with "; " between their items, to keep a topic within sight. */
export const topic = (name: string, parts: string, goals: string, troubles: string): Topic => ({
  name,
  parts: list(parts),
  goals: list(goals),
  troubles: list(troubles),
});
