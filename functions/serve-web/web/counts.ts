/**
 * The counts of articles, those of this tab's writes included from the moment they are sent: what
 * is counted follows the reads by itself, a moment later, and until then the counts that are
 * expected are shown where they are higher.
 */
import { peek } from "./answers.ts";
import type { Article } from "./api-types.ts";
import { type Flag, toArticle } from "./questions.ts";

export type Counts = Article["beRead"];
export type Flags = Readonly<Record<Flag, 0 | 1>>;

const names = ["readNum", "agreeNum", "commentNum", "shareNum"] as const;

const make = (toCount: (name: (typeof names)[number]) => number): Counts => ({
  readNum: toCount("readNum"),
  agreeNum: toCount("agreeNum"),
  commentNum: toCount("commentNum"),
  shareNum: toCount("shareNum"),
});

const toDeltas = (flags: Flags): Counts => ({
  readNum: flags.readOrNot,
  agreeNum: flags.agreeOrNot,
  commentNum: flags.commentOrNot,
  shareNum: flags.shareOrNot,
});

const expected = new Map<number, Counts>();

/** Neither is ever behind what it was: the higher one is nearer to the truth. */
export const withExpected = (aid: number, counts: Counts): Counts => {
  const mine = expected.get(aid);
  return mine === undefined ? counts : make((name) => Math.max(counts[name], mine[name]));
};

const add = (aid: number, flags: Flags, sign: 1 | -1): void => {
  const known = (peek(toArticle(aid)) as Article | undefined)?.beRead;
  const base = withExpected(aid, known ?? make(() => 0));
  const deltas = toDeltas(flags);
  // Of an article that was never shown nothing is known, and nothing is expected.
  if (known !== undefined)
    expected.set(
      aid,
      make((name) => base[name] + sign * deltas[name]),
    );
};

export const expectMore = (aid: number, flags: Flags): void => add(aid, flags, 1);
export const expectLess = (aid: number, flags: Flags): void => add(aid, flags, -1);

export const hasArrived = (aid: number, counts: Counts): boolean => {
  const mine = expected.get(aid);
  return mine === undefined || names.every((name) => counts[name] >= mine[name]);
};

export const expectNothing = (aid: number): void => {
  expected.delete(aid);
};
