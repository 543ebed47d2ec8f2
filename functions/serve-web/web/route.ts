/** Which page an address shows, and which address shows a page. Pure. */
import { DEFAULT_DAY, type Granularity, granularities } from "./choices.ts";

/** Parameters of the list of users and of that of articles. */
const usersNames = [
  "region",
  "gender",
  "language",
  "grade",
  "role",
  "dept",
  "tag",
  "startsWith",
  "cursor",
] as const;
const articlesNames = ["category", "language", "tag", "cursor"] as const;

type Chosen<Name extends string> = { readonly [name in Name]?: string };
export type UsersChoice = Chosen<(typeof usersNames)[number]>;
export type ArticlesChoice = Chosen<(typeof articlesNames)[number]>;

export type Page =
  | { readonly name: "home" }
  | { readonly name: "users"; readonly choice: UsersChoice }
  | { readonly name: "user"; readonly uid: string; readonly cursor?: string }
  | { readonly name: "articles"; readonly choice: ArticlesChoice }
  | { readonly name: "article"; readonly aid: string }
  | { readonly name: "ranks"; readonly granularity: Granularity; readonly date: string }
  | { readonly name: "console" }
  | { readonly name: "operations"; readonly cursor?: string }
  | { readonly name: "operation"; readonly id: string }
  | { readonly name: "history"; readonly cursor?: string }
  | { readonly name: "load" }
  | { readonly name: "query" }
  | { readonly name: "watch" }
  | { readonly name: "trace"; readonly id?: string }
  | { readonly name: "api" }
  | { readonly name: "unknown" };

const isGranularity = (value: string | undefined): value is Granularity =>
  granularities.some((known) => known === value);

/** `search` with or without its question mark. Of a parameter, an empty one counts as none. */
const pick = <Name extends string>(search: string, names: readonly Name[]) => {
  const params = new URLSearchParams(search);
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = params.get(name) ?? "";
      return value === "" ? [] : [[name, value]];
    }),
  ) as Chosen<Name>;
};

const parseRanks = (granularity: string | undefined, date = DEFAULT_DAY): Page => {
  if (granularity === undefined) return { name: "ranks", granularity: "daily", date };
  return isGranularity(granularity) ? { name: "ranks", granularity, date } : { name: "unknown" };
};

const parseConsole = (
  search: string,
  section: string | undefined,
  id: string | undefined,
): Page => {
  if (section === undefined) return { name: "console" };
  if (section === "operations" && id !== undefined) return { name: "operation", id };
  if (section === "traces") return { name: "trace", ...(id === undefined ? {} : { id }) };
  if (id !== undefined) return { name: "unknown" };
  switch (section) {
    case "operations":
    case "history":
      return { name: section, ...pick(search, ["cursor"]) };
    case "load":
    case "query":
    case "watch":
      return { name: section };
    default:
      return { name: "unknown" };
  }
};

const parseUsers = (search: string, uid: string | undefined): Page =>
  uid === undefined
    ? { name: "users", choice: pick(search, usersNames) }
    : { name: "user", uid, ...pick(search, ["cursor"]) };

const parseArticles = (search: string, aid: string | undefined): Page =>
  aid === undefined
    ? { name: "articles", choice: pick(search, articlesNames) }
    : { name: "article", aid };

const decode = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    // Shown as it is, and found by nobody.
    return segment;
  }
};

export const parsePage = (pathname: string, search = ""): Page => {
  const [first, second, third, ...rest] = pathname
    .split("/")
    .filter((segment) => segment !== "")
    .map(decode);
  if (rest.length > 0) return { name: "unknown" };
  if (first === undefined) return { name: "home" };
  if (first === "ranks") return parseRanks(second, third);
  if (first === "console") return parseConsole(search, second, third);
  if (third !== undefined) return { name: "unknown" };
  if (first === "api" && second === undefined) return { name: "api" };
  if (first === "users") return parseUsers(search, second);
  if (first === "articles") return parseArticles(search, second);
  return { name: "unknown" };
};

/** With the parameters that have a value. */
export const withQuery = (
  path: string,
  params: Readonly<Record<string, string | number | undefined>>,
): string => {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(params))
    if (value !== undefined && value !== "") given.set(name, String(value));
  return given.size === 0 ? path : `${path}?${given}`;
};

export const userPath = (uid: number | string): string => `/users/${uid}`;
export const articlePath = (aid: number | string): string => `/articles/${aid}`;
export const ranksPath = (granularity: Granularity, date: string): string =>
  `/ranks/${granularity}/${date}`;
export const tracePath = (id: string): string => `/console/traces/${id}`;
export const operationPath = (id: string): string => `/console/operations/${id}`;
