/**
 * What the files of a load are called: the beginning of a name tells the table, its end the format.
 * Pure, and needs nothing of Node: the pages name files by it, too.
 */
import type { LoadableName } from "./tables.ts";

const FILE_NAME = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
const KNOWN_ENDING = /\.(dat|jsonl|csv|sql)(\.gz|\.zst)?$/;

/** The table a file is for: its name begins with it. */
export const tableOfFile = (name: string): LoadableName | undefined => {
  if (/^(user_)?read/i.test(name)) return "reads";
  if (/^user/i.test(name)) return "users";
  if (/^article/i.test(name) && !/^article_read/i.test(name)) return "articles";
  return undefined;
};

/**
 * A dump of several tables, such as user-shop.dump.sql: what is not for the table that its name
 * begins with is none of its business. The same bytes are staged once a table.
 */
export const isWholeDump = (name: string): boolean => /\.dump\.sql(\.|$)/.test(name);

export const isLoadable = (name: string): boolean =>
  FILE_NAME.test(name) && KNOWN_ENDING.test(name) && tableOfFile(name) !== undefined;

export const formatNames = ["jsonl", "csv", "sql"] as const;
export type FormatName = (typeof formatNames)[number];

/** For whatever does not tell it by its name. */
export interface InputOptions {
  readonly table?: LoadableName;
  readonly format?: FormatName;
}

const words: Readonly<Record<LoadableName, string>> = {
  users: "user",
  articles: "article",
  reads: "read",
};
const tables = Object.keys(words) as LoadableName[];

const magic = [
  { ending: ".gz", bytes: [0x1f, 0x8b] },
  { ending: ".zst", bytes: [0x28, 0xb5, 0x2f, 0xfd] },
];

/** So many of a file's first bytes tell whether it is compressed. */
export const HEAD_BYTES = 4;

/** The ending that compressed bytes ask for. */
const toEnding = (head: Uint8Array): string =>
  magic.find(({ bytes }) => bytes.every((byte, index) => head[index] === byte))?.ending ?? "";

const formatOfName = (title: string): FormatName | undefined => {
  const [, ending] = /\.(dat|jsonl|ndjson|csv|sql)(\.gz|\.zst)?$/i.exec(title) ?? [];
  if (ending === undefined) return undefined;
  return formatNames.find((format) => format === ending.toLowerCase()) ?? "jsonl";
};

/** What has to be told because the name does not. */
export type Unknown = "table" | "format";

/**
 * The names under which a file is sent; a dump of all tables is sent once for each. `head`: its
 * first bytes.
 */
export const toStagedNames = (
  title: string,
  head: Uint8Array,
  options: InputOptions = {},
): readonly string[] | Unknown => {
  const isTold = options.table !== undefined || options.format !== undefined;
  if (!isTold && isLoadable(title)) return [title];
  const table = options.table ?? tableOfFile(title);
  const format = options.format ?? formatOfName(title);
  if (table === undefined && format !== "sql") return "table";
  if (format === undefined) return "format";
  const slug = title.replace(/(\.[A-Za-z]+)+$/, "").replaceAll(/[^A-Za-z0-9_-]+/g, "-");
  const stem = slug.slice(0, 60).replaceAll(/^-+|-+$/g, "");
  const ending = `${format}${toEnding(head)}`;
  return table === undefined
    ? tables.map((one) => `${words[one]}-${stem}.dump.${ending}`)
    : [`${words[table]}-${stem}.${ending}`];
};
