/**
 * `tagenal query`: asks the readers' API, and prints a table, JSON or CSV. Its words are those of
 * the address, its options the parameters: `query users --region Beijing` is /v1/users?region=Beijing.
 */
import { once } from "node:events";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type Api, findApi } from "./api.ts";
import { Remedy } from "./preflight.ts";
import { createToLines, type Format, formats, type Item, toLinesOfOne } from "./query-format.ts";

interface Flags {
  readonly url?: string;
  readonly format: Format;
  readonly limit: number;
}

interface Page {
  readonly items: readonly unknown[];
  readonly next: string | null;
}

interface Rank {
  readonly articles: readonly (Item & { readonly beRead: Item })[];
}

const DEFAULT_LIMIT = 50;
const LARGEST_PAGE = 5_000;
const OPERATORS = /-(gte|gt|lte|lt|in)$/;

/** Of `--name value` and `--name=value`; `--timestamp-gte` is timestamp[gte]. Pure. */
export const parseFilters = (words: readonly string[]): [string, string][] => {
  const filters: [string, string][] = [];
  for (let index = 0; index < words.length; index += 1) {
    const [, name, inline] = /^--([^=]+)(?:=(.*))?$/s.exec(words[index] ?? "") ?? [];
    if (name === undefined) throw new Remedy(`${words[index]}: not an option such as --region`);
    const value = inline ?? words[++index];
    if (value === undefined) throw new Remedy(`--${name} has no value.`);
    filters.push([name.replace(OPERATORS, "[$1]"), value]);
  }
  return filters;
};

/** The address of the words: `users 7 reads`, `rank daily 2015-05-01`. Pure. */
export const toPath = ([first = "", ...rest]: readonly string[]): string => {
  const segments = [first === "rank" ? "ranks" : first, ...rest];
  return `/v1/${segments.map(encodeURIComponent).join("/")}`;
};

const withParameters = (path: string, parameters: readonly [string, string][]): string =>
  parameters.length === 0 ? path : `${path}?${new URLSearchParams([...parameters])}`;

/** Waits where whoever reads is slower. */
const print = async (lines: readonly string[]): Promise<void> => {
  if (lines.length === 0 || process.stdout.write(`${lines.join("\n")}\n`)) return;
  await once(process.stdout, "drain");
};

const isPage = (answer: unknown): answer is Page =>
  typeof answer === "object" && answer !== null && "items" in answer && "next" in answer;

/** uids come without a name. */
const toItem = (found: unknown): Item =>
  typeof found === "object" && found !== null ? (found as Item) : { uid: found };

const printList = async (
  first: Page,
  { format, limit }: Flags,
  more: (cursor: string, limit: number) => Promise<Page>,
): Promise<void> => {
  const lines = createToLines(format);
  let left = limit;
  let hasItems = false;
  for (let page: Page | undefined = first; page !== undefined; ) {
    const items = page.items.slice(0, left).map(toItem);
    if (items.length > 0 || page === first) await print(lines.page(items, !hasItems));
    hasItems ||= items.length > 0;
    left -= items.length;
    page = page.next === null || left === 0 ? undefined : await more(page.next, left);
  }
  await print(lines.end(hasItems));
};

const isRank = (path: string, answer: unknown): answer is Rank =>
  path.startsWith("/v1/ranks/") &&
  typeof answer === "object" &&
  answer !== null &&
  "articles" in answer;

const toPlaces = ({ articles }: Rank): Item[] =>
  articles.map(({ aid, title, category, authors, beRead }, index) => ({
    ...{ place: index + 1, aid, title, category, authors },
    readNum: beRead["readNum"],
  }));

const ask = async (
  api: Api,
  words: readonly string[],
  filters: readonly [string, string][],
  flags: Flags,
): Promise<void> => {
  const path = toPath(words);
  const isOfOne = words.length === 2 || path.startsWith("/v1/ranks/");
  const get = (more: readonly [string, string][] = []): Promise<unknown> =>
    api.get(withParameters(path, [...filters, ...more]));
  const getPage = (limit: number, more: readonly [string, string][] = []): Promise<unknown> =>
    get([["limit", String(Math.min(limit, LARGEST_PAGE))], ...more]);
  const hasPages = !isOfOne && path !== "/v1/tablets";
  const first = hasPages ? await getPage(flags.limit) : await get();
  if (isPage(first))
    await printList(
      first,
      flags,
      (cursor, limit) => getPage(limit, [["cursor", cursor]]) as Promise<Page>,
    );
  else if (isRank(path, first) && flags.format !== "json")
    await printList({ items: toPlaces(first), next: null }, flags, () => Promise.reject(first));
  else await print(toLinesOfOne(first as Item, flags.format));
};

const parseLimit = (text: string): number => {
  const limit = text === "all" ? Number.MAX_SAFE_INTEGER : Number(text);
  if (Number.isSafeInteger(limit) && limit > 0) return limit;
  throw new InvalidArgumentError("It is a number from 1 on, or all.");
};

const EXAMPLES = `
  tagenal query users --region Beijing --limit 20
  tagenal query users 7                          one user; 7 reads: her reads
  tagenal query articles 3 be-read --list agree  who agreed
  tagenal query reads --timestamp-gte 2018-05-01 --agreeOrNot 1 --sort=-timestamp
  tagenal query be-reads --sort=-readNum --format csv --limit all
  tagenal query rank daily 2015-05-01`;

/** Words up to the first option name what is asked for; commander leaves unknown options among them. */
export const splitWords = (given: readonly string[]): { words: string[]; options: string[] } => {
  const at = given.findIndex((word) => word.startsWith("--"));
  const end = at === -1 ? given.length : at;
  return { words: given.slice(0, end), options: given.slice(end) };
};

export const registerQuery = (program: Command): void => {
  program
    .command("query")
    .description("users, articles, reads, be-reads, ranks, tablets or operations")
    .argument("<what...>", "such as users, or articles 3 readers")
    .option("--url <url>", "where Tagenal serves (default: TAGENAL_URL, or the local one)")
    .option("--limit <number>", "at most so many, or all", parseLimit, DEFAULT_LIMIT)
    .addOption(new Option("--format <format>", "how to print it").choices(formats).default("table"))
    .usage("<what...> [--<field> <value>]… [--sort=-<field>] [--fields <a,b>] [options]")
    .addHelpText("after", `\nExamples:${EXAMPLES}`)
    .allowUnknownOption()
    .action(async (given: string[], flags: Flags) => {
      const { words, options } = splitWords(given);
      await ask(
        await findApi(flags.url, { needsToken: false }),
        words,
        parseFilters(options),
        flags,
      );
    });
};
