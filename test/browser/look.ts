/** What is measured on a page and found wrong with it. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { BrowserContext, Page } from "playwright-core";

const source = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** What axe finds wrong in a part of the page, a line each: its rule and where. */
export const findViolations = async (page: Page, part = "html"): Promise<string[]> => {
  await page.evaluate(await source);
  const { violations } = (await page.evaluate(`axe.run(${JSON.stringify(part)})`)) as {
    violations: Violation[];
  };
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
  );
};

/** When the largest thing of a page was painted, and how far things moved that had been painted. */
export interface Vitals {
  /** Milliseconds after the page was asked for. */
  readonly lcp: number;
  /** Cumulative layout shift; below 0.1 is good. */
  readonly cls: number;
}

const OBSERVE = `
  globalThis.vitals = { lcp: 0, cls: 0 };
  new PerformanceObserver((list) => {
    for (const { startTime } of list.getEntries()) vitals.lcp = startTime;
  }).observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput } of list.getEntries())
      if (!hadRecentInput) vitals.cls += value;
  }).observe({ type: "layout-shift", buffered: true });`;

/** From now on each page of the context is measured. */
export const measure = (context: BrowserContext): Promise<unknown> =>
  context.addInitScript(OBSERVE);

export const readVitals = async (page: Page): Promise<Vitals> =>
  (await page.evaluate("vitals")) as Vitals;

/** Until nothing on the page is on its way any more. */
export const settle = async (page: Page): Promise<void> => {
  await page.locator("h1").first().waitFor();
  // Not by a function that waits in the page: its policy lets none be made of a text.
  await page.locator("main .skeleton").first().waitFor({ state: "detached" });
};
