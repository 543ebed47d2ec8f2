/** How the query tests ask the API, and what they compare. */
import { expect, inject } from "vitest";
import { FIRST_KEY, type Fields, LAST_KEY } from "./query-rows.ts";

const { url } = inject("cluster");

export const without = (row: Fields, ...hidden: string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).filter(([field]) => !hidden.includes(field)));

/** As the database has it now: these tests put rows in behind the API's back. */
export const get = async (path: string): Promise<unknown> => {
  const response = await fetch(url + path, { headers: { "cache-control": "no-cache" } });
  expect(response.status, path).toBe(200);
  return response.json();
};

export interface Page {
  readonly items: readonly unknown[];
  readonly next: string | null;
}

/** Follows a list to its end; each page keeps to the limit. */
export const readAll = async <T>(path: string, limit: number): Promise<T[]> => {
  const items: unknown[] = [];
  let cursor = "";
  for (let next: string | null = ""; next !== null; cursor = `&cursor=${next}`) {
    const page = (await get(`${path}limit=${limit}${cursor}`)) as Page;
    expect(page.items.length).toBeLessThanOrEqual(limit);
    items.push(...page.items);
    next = page.next;
  }
  return items as T[];
};

const byHome = (one: Fields, other: Fields): number =>
  BigInt(one["home"] ?? 0) < BigInt(other["home"] ?? 0) ? -1 : 1;

export const keysOf = (rows: readonly Fields[], key: string): unknown[] =>
  [...rows].sort(byHome).map((row) => row[key]);

export const isOurs =
  (key: string) =>
  (item: Fields): boolean =>
    Number(item[key]) >= FIRST_KEY && Number(item[key]) <= LAST_KEY;
