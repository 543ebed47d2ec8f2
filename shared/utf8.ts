/**
 * Texts out of bytes that were taken apart as Latin-1, one character a byte: fast, and no cut can
 * fall into the middle of a character.
 */
import { isUtf8 } from "node:buffer";

/** What the bytes say in UTF-8; undefined where they are not UTF-8. */
export const decodeUtf8 = (bytes: Buffer): string | undefined =>
  isUtf8(bytes) ? bytes.toString() : undefined;

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII has them.
const ASCII = /^[\x00-\x7f]*$/;

export const decodeLatin1 = (text: string): string | undefined =>
  ASCII.test(text) ? text : decodeUtf8(Buffer.from(text, "latin1"));
