/** What a query answered as a table, as JSON or as CSV; line by line, so that it can begin early. Pure. */
import { cut, toTable } from "./table.ts";

export const formats = ["table", "json", "csv"] as const;
export type Format = (typeof formats)[number];

export type Item = Readonly<Record<string, unknown>>;

/** The lines of a list, page by page: `pages` are not empty, but for the first of an empty list. */
export interface ToLines {
  page(items: readonly Item[], isFirst: boolean): string[];
  end(hasItems: boolean): string[];
}

const WIDEST_CELL = 48;

/** Milliseconds under this name are shown to people as a time. */
const isTime = (name: string, value: unknown): value is number =>
  name === "timestamp" && typeof value === "number";

const toText = (value: unknown): string => {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
};

/** Nothing that a terminal would take for a command, and all in one line. */
const toCell = (name: string, value: unknown): string => {
  const text = isTime(name, value) ? new Date(value).toISOString().slice(0, 19) : toText(value);
  return cut(text.replaceAll(/\p{Cc}+/gu, " "), WIDEST_CELL);
};

/** Quoted where it has to be (RFC 4180). */
const toField = (value: unknown): string => {
  const text = toText(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

const namesOf = (items: readonly Item[]): string[] => [
  ...new Set(items.flatMap((item) => Object.keys(item))),
];

const toTableLines = (): ToLines => {
  let names: readonly string[] = [];
  return {
    page: (items, isFirst) => {
      if (isFirst) names = namesOf(items);
      if (items.length === 0) return [];
      const rows = items.map((item) => names.map((name) => toCell(name, item[name])));
      return toTable(isFirst ? [names, ...rows] : rows);
    },
    end: (hasItems) => (hasItems ? [] : ["There is none."]),
  };
};

const toCsvLines = (): ToLines => {
  let names: readonly string[] = [];
  return {
    page: (items, isFirst) => {
      if (isFirst) names = namesOf(items);
      const rows = items.map((item) => names.map((name) => toField(item[name])).join(","));
      return isFirst && names.length > 0 ? [names.map(toField).join(","), ...rows] : rows;
    },
    end: () => [],
  };
};

/** An array with an item a line. */
const toJsonLines = (): ToLines => ({
  page: (items, isFirst) =>
    items.map((item, index) => `${isFirst && index === 0 ? "[" : ","}${JSON.stringify(item)}`),
  end: (hasItems) => [hasItems ? "]" : "[]"],
});

export const createToLines = (format: Format): ToLines =>
  ({ table: toTableLines, csv: toCsvLines, json: toJsonLines })[format]();

/** One thing: as a table its fields stand one below the other. */
export const toLinesOfOne = (item: Item, format: Format): string[] => {
  if (format === "json") return JSON.stringify(item, null, 2).split("\n");
  if (format === "csv") return createToLines("csv").page([item], true);
  return toTable(Object.entries(item).map(([name, value]) => [name, toCell(name, value)]));
};
