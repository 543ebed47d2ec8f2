/** What MySQL reads out of a string literal, whose bytes stand one in a character (Latin-1). */
import { decodeLatin1, decodeUtf8 } from "#shared/utf8.ts";

/** MySQL takes any other character after a backslash for itself. */
const escapes: Readonly<Record<string, string>> = {
  "0": "\0",
  b: "\b",
  n: "\n",
  r: "\r",
  t: "\t",
  Z: "\x1a",
  // Both characters stay: they matter where a pattern is meant.
  "%": "\\%",
  _: "\\_",
};

const resolveEscapes = (text: string, quote: string): string =>
  text.replaceAll(
    quote === "'" ? /\\([\s\S])|''/g : /\\([\s\S])|""/g,
    (_, escaped: string | undefined) =>
      escaped === undefined ? quote : (escapes[escaped] ?? escaped),
  );

/** What bytes stand for behind one of the prefixes x, b and n, or none. */
const decodePrefixed = (text: string, prefix: string): string | undefined => {
  if (prefix === "x") {
    const isHex = text.length % 2 === 0 && /^[0-9a-f]*$/i.test(text);
    return isHex ? decodeUtf8(Buffer.from(text, "hex")) : undefined;
  }
  if (prefix === "b")
    return /^[01]{1,53}$/.test(text) ? String(Number.parseInt(text, 2)) : undefined;
  return decodeLatin1(text);
};

/**
 * `raw`: what stands between the quotes; `prefix`: in small letters, or empty. Undefined where it
 * is not UTF-8.
 */
export const decodeString = (raw: string, quote: string, prefix: string): string | undefined => {
  if (quote === "`") return decodeLatin1(raw.replaceAll("``", "`"));
  return decodePrefixed(/['"\\]/.test(raw) ? resolveEscapes(raw, quote) : raw, prefix);
};
