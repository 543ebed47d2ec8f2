/**
 * Where the reading of a SQL dump stands, and the way from one token to the next: over spaces,
 * comments, and statements between other delimiters (triggers), which may all be longer than what
 * is kept of the text. What stands inside of a comment that MySQL executes is not passed over.
 */

export interface SqlText {
  /** One character a byte (Latin-1). */
  readonly buffer: string;
  /** In the buffer. */
  readonly at: number;
  /** From 1. */
  readonly line: number;
  /** There is no more to come. */
  readonly hasEnded: boolean;
  feed(piece: Buffer): void;
  end(): void;
  moveTo(end: number): void;
  /** Goes on to where a token begins. False where more is needed, or nothing is left. */
  skip(): boolean;
  /** Passes over all lines until one that sets the delimiter to a semicolon again. */
  skipForeign(): void;
  /** True once if the text has ended inside of a comment. */
  endsInComment(): boolean;
}

/** Dumps for servers newer than any there is are comments to all of them. */
const NEWEST_SERVER = 99_999;
const DELIMITER_BACK = /^[ \t]*delimiter[ \t]+;[ \t]*\r?\n/im;
const SPACE = 0x20;
// biome-ignore lint/suspicious/noControlCharactersInRegex: MySQL takes them for spaces.
const SPACES = /[\x00-\x20]+/y;

type Skipped = "past" | "none" | "more";
type Passing = "*/" | "\n" | "foreign";

/** Where a match that begins here ends; -1 where none does. */
export const matchAt = (pattern: RegExp, text: string, at: number): number => {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
};

const countLines = (text: string): number => {
  let lines = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines;
};

export const createSqlText = (): SqlText => {
  let buffer = "";
  let at = 0;
  let hasEnded = false;
  /** Inside of something that may be longer than what is kept; the mark that ends it. */
  let passing: Passing | undefined;
  let isConditional = false;
  let line = 1;

  const moveTo = (end: number): void => {
    line += countLines(buffer.slice(at, end));
    at = end;
  };

  /** Where the mark ends that is waited for; -1 where it has not come yet. */
  const findEnd = (mark: Passing): number => {
    if (mark !== "foreign") {
      const found = buffer.indexOf(mark, at);
      return found === -1 ? -1 : found + mark.length;
    }
    const found = DELIMITER_BACK.exec(buffer.slice(at));
    return found === null ? -1 : at + found.index + found[0].length;
  };

  /** True once it is over, or the text is. */
  const passOver = (mark: Passing): boolean => {
    passing = mark;
    const end = findEnd(mark);
    if (end !== -1) {
      moveTo(end);
      passing = undefined;
      return true;
    }
    // The mark itself may be cut in two: its beginning stays.
    const kept = mark === "foreign" ? buffer.lastIndexOf("\n") + 1 : buffer.length - 1;
    moveTo(hasEnded ? buffer.length : Math.max(at, kept));
    return hasEnded;
  };

  /** Begins a comment, or what MySQL executes inside one. False where more is needed to tell. */
  const openComment = (): boolean => {
    const head = buffer.slice(at, at + 10);
    if (head.length < 10 && !hasEnded) return false;
    const [opening, version = "0"] = /^\/\*!(\d{5,6})?/.exec(head) ?? [];
    if (opening === undefined || Number(version) > NEWEST_SERVER) {
      at += 2;
      return passOver("*/");
    }
    at += opening.length;
    isConditional = true;
    return true;
  };

  const closeConditional = (): Skipped => {
    if (!isConditional || buffer[at + 1] !== "/") return "none";
    at += 2;
    isConditional = false;
    return "past";
  };

  const passLine = (): Skipped => (passOver("\n") ? "past" : "more");

  /** By the character that may begin or end a comment. */
  const skippers: Readonly<Record<string, () => Skipped>> = {
    "#": passLine,
    "-": () =>
      buffer[at + 1] === "-" && !(buffer.charCodeAt(at + 2) > SPACE) ? passLine() : "none",
    "/": () => (buffer[at + 1] !== "*" ? "none" : openComment() ? "past" : "more"),
    "*": closeConditional,
  };

  const skipComment = (): Skipped => {
    const skipper = skippers[buffer[at] ?? ""];
    if (skipper === undefined) return "none";
    return at + 2 >= buffer.length && !hasEnded ? "more" : skipper();
  };

  /** Goes on to where a token begins. False where more is needed, or nothing is left. */
  const skip = (): boolean => {
    if (passing !== undefined && !passOver(passing)) return false;
    let skipped: Skipped = "past";
    while (skipped === "past") {
      if (buffer.charCodeAt(at) <= SPACE) moveTo(matchAt(SPACES, buffer, at));
      if (at >= buffer.length) return false;
      skipped = skipComment();
    }
    return skipped === "none";
  };

  return {
    get buffer() {
      return buffer;
    },
    get at() {
      return at;
    },
    get line() {
      return line;
    },
    get hasEnded() {
      return hasEnded;
    },
    feed: (piece) => {
      buffer = buffer.slice(at) + piece.toString("latin1");
      at = 0;
    },
    end: () => {
      hasEnded = true;
    },
    moveTo,
    skip,
    skipForeign: () => {
      passing = "foreign";
    },
    endsInComment: () => {
      const isInside = hasEnded && passing === "*/";
      passing = isInside ? undefined : passing;
      return isInside;
    },
  };
};
