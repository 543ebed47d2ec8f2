/** Values as people read them. Pure. */
import type { Json } from "./api-types.ts";
import { texts } from "./texts.ts";

/** Times are shown in UTC, as periods are counted. */
export const toDay = (time: number): string => new Date(time).toISOString().slice(0, 10);

export const toMinute = (time: number | string): string =>
  new Date(time).toISOString().slice(0, 16).replace("T", " ");

export const toSecond = (time: number | string): string =>
  new Date(time).toISOString().slice(0, 19).replace("T", " ");

/** The clock of whoever looks. */
export const toClock = (time: number): string => new Date(time).toLocaleTimeString();

export const toCount = (count: number): string => count.toLocaleString(texts.language);

/** Of 1,024, as memory and disks are counted. */
export const toBytes = (bytes: number): string => {
  if (bytes < 1_024) return `${bytes} B`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let value = bytes / 1_024;
  let unit = 0;
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_024;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
};

/** A figure with as much after the point as it is worth. */
export const toRate = (value: number): string =>
  value === 0 || value >= 100 ? toCount(Math.round(value)) : value.toFixed(1);

export const toPercent = (share: number): string => `${Math.round(100 * share)} %`;

export const toDuration = (seconds: number): string => {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  return whole < 3_600
    ? `${Math.floor(whole / 60)} min ${whole % 60} s`
    : `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
};

/** What people read in a minute: words, or characters where words are not parted. */
const speeds: Readonly<Record<string, number>> = { zh: 400 };
const WORDS_A_MINUTE = 220;

/** How long a text takes to read, at least one minute. */
export const toMinutes = (text: string, language: string): number => {
  const speed = speeds[language];
  const size = speed === undefined ? text.split(/\s+/).length : text.length;
  return Math.max(1, Math.round(size / (speed ?? WORDS_A_MINUTE)));
};

/** A text that begins with its own title does not say it twice. */
export const toParagraphs = (text: string, title: string): string[] => {
  const paragraphs = text
    .split(/\r?\n\s*\r?\n/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== "");
  return paragraphs[0] === title ? paragraphs.slice(1) : paragraphs;
};

const shown = ["tablet", "shard", "dataCenter", "to", "source", "granularity", "date"] as const;

/** What an operation is about, in a few words. */
export const toAbout = (request: Json): string =>
  shown
    .flatMap((name) => {
      const value = request[name];
      if (typeof value !== "string") return [];
      return [name === "to" ? `→ ${value}` : value];
    })
    .join(" ");

/** What happened without how it ended, where that stands beside it. */
export const withoutState = (says: string, state: string): string =>
  says.endsWith(`: ${state}`) ? says.slice(0, -state.length - 2) : says;

const untold = new Set([
  ...["kind", "confirm", "steps", "phases", "phase", "next", "rows", "parts", "durability"],
]);

const labelOf = (name: string): string => texts.field[name] ?? name;
const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null;

const toMembers = (values: Json): string =>
  Object.entries(values)
    .map(([name, value]) =>
      isObject(value)
        ? `${labelOf(name)} (${toWords(value)})`
        : `${labelOf(name)} ${toWords(value)}`,
    )
    .join(", ");

const toWords = (value: unknown): string => {
  if (typeof value === "boolean") return value ? texts.yes : texts.no;
  if (typeof value === "number")
    return value.toLocaleString(texts.language, { maximumFractionDigits: 1 });
  if (Array.isArray(value)) return value.map(toWords).join(value.some(isObject) ? "; " : ", ");
  return isObject(value) ? toMembers(value) : String(value ?? texts.none);
};

/** The members of a plan or result that are worth a line, by their labels. */
export const toFacts = (values: Json): (readonly [label: string, value: string])[] =>
  Object.entries(values)
    .filter(([name, value]) => !untold.has(name) && value !== null && value !== false)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => [
      labelOf(name),
      name === "keepSeconds" ? texts.admin.keptFor(Number(value)) : toWords(value),
    ]);
