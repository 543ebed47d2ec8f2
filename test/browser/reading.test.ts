import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Look, type OpenedPage, openBrowser, openPage } from "./browser.ts";

const { url } = inject("site");
let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

/** Opens a page, and holds it to have no faults when it is left. */
const visit = async (look: Look, work: (opened: OpenedPage) => Promise<void>): Promise<void> => {
  const opened = await openPage(browser, look);
  try {
    await work(opened);
    expect(opened.faults).toEqual([]);
  } finally {
    await opened.page.context().close();
  }
};

const getJson = async <T>(path: string): Promise<T> =>
  (await fetch(url + path)).json() as Promise<T>;

interface Article {
  readonly aid: number;
  readonly media: {
    readonly images: string[];
    readonly text: string;
    readonly video: string | null;
  };
}

/** The first article with a video whose files are there. */
const findWithMedia = async (): Promise<Article> => {
  const { items } = await getJson<{ items: { aid: number; video: string }[] }>(
    "/v1/articles?limit=5000&fields=aid,video",
  );
  for (const { aid } of items.filter(({ video }) => video !== "")) {
    const article = await getJson<Article>(`/v1/articles/${aid}`);
    const found = await fetch(`${url}${article.media.video}`, { method: "HEAD" });
    if (found.ok) return article;
  }
  throw new Error("no article's video is there");
};

describe("the reading site", () => {
  it("leads from the first page to the most read articles, by keyboard", () =>
    visit({}, async ({ page }) => {
      await page.goto("/");
      const rank = await getJson<{ articles: { title: string }[] }>("/v1/ranks/daily/2018-05-01");
      const [first] = rank.articles;
      await page.getByRole("heading", { level: 1, name: "What people read" }).waitFor();
      const link = page.getByRole("link", { name: first?.title ?? "", exact: true }).first();
      await link.focus();
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: first?.title ?? "" }).waitFor();
      expect(new URL(page.url()).pathname).toMatch(/^\/articles\/\d+$/);
      expect(await page.title()).toContain(first?.title ?? "");
    }));

  it("lists the users of a region page by page, and goes back at once", () =>
    visit({}, async ({ page }) => {
      await page.goto("/users");
      await page.getByRole("link", { name: "Hong Kong" }).click();
      await page.getByRole("heading", { level: 1, name: "Users in Hong Kong" }).waitFor();
      const regions = page.locator("tbody td:nth-child(4)");
      await page.locator("tbody tr").nth(19).waitFor();
      expect(new Set(await regions.allTextContents())).toEqual(new Set(["Hong Kong"]));
      const first = await page.locator("tbody td").first().textContent();
      await page.getByRole("link", { name: "Next page" }).click();
      await page.getByRole("link", { name: "First page" }).waitFor();
      await page.locator("tbody td").first().waitFor();
      expect(await page.locator("tbody td").first().textContent()).not.toBe(first);
      await page.goBack();
      await page.getByRole("link", { name: "Next page" }).waitFor();
      expect(await page.locator("tbody td").first().textContent()).toBe(first);
    }));

  it("shows a user with her reads, and the way to what she read", () =>
    visit({}, async ({ page }) => {
      const user = await getJson<{ name: string; email: string }>("/v1/users/1");
      const reads = await getJson<{ items: { title: string }[] }>("/v1/users/1/reads?limit=20");
      await page.goto("/users/1");
      await page.getByRole("heading", { level: 1, name: user.name }).waitFor();
      await page.getByText(user.email).waitFor();
      await page.locator("tbody tr").first().waitFor();
      expect(await page.locator("tbody tr").count()).toBe(reads.items.length);
      const title = reads.items[0]?.title ?? "";
      await page.getByRole("link", { name: title, exact: true }).first().click();
      await page.getByRole("heading", { level: 1, name: title }).waitFor();
    }));

  it("shows an article with its text, its pictures, its video and its readers", () =>
    visit({}, async ({ page }) => {
      const { aid, media } = await findWithMedia();
      const text = await (await fetch(url + media.text)).text();
      await page.goto(`/articles/${aid}`);
      const [line = ""] = text.trim().split("\n");
      await page.locator(".prose p").first().waitFor();
      expect(await page.locator(".prose").textContent()).toContain(line);
      const arePictures = "[...document.images].every(({ naturalWidth }) => naturalWidth > 0)";
      await expect.poll(() => page.evaluate(arePictures), { timeout: 10_000 }).toBe(true);
      expect(await page.locator(".pictures img").count()).toBe(media.images.length);
      const isVideo = "document.querySelector('video').videoWidth > 0";
      await expect.poll(() => page.evaluate(isVideo), { timeout: 10_000 }).toBe(true);
      const readers = page.locator(".chips a").first();
      expect(await readers.getAttribute("href")).toMatch(/^\/users\/\d+$/);
    }));

  it("shows the top five of a period, of another day when one is picked", () =>
    visit({}, async ({ page }) => {
      await page.goto("/ranks");
      await page.locator(".rank > li").first().waitFor();
      await page.getByRole("link", { name: "Month" }).click();
      await page.getByText("2018-05-01 to 2018-05-31").waitFor();
      await page.getByLabel("Day in the period").fill("2018-02-03");
      await page.getByText("2018-02-01 to 2018-02-28").waitFor();
      expect(new URL(page.url()).pathname).toBe("/ranks/monthly/2018-02-03");
      await page.locator(".rank > li").first().waitFor();
      const rank = await getJson<{ articles: object[] }>("/v1/ranks/monthly/2018-02-03");
      expect(await page.locator(".rank > li").count()).toBe(rank.articles.length);
    }));

  it("shows what the API takes and answers, and asks it", () =>
    visit({}, async ({ page }) => {
      await page.goto("/api");
      const entry = page.locator("details", { hasText: "/v1/articles/{aid}/readers" });
      await entry.locator("summary").click();
      await entry.getByRole("row", { name: /^region/ }).waitFor();
      await entry.getByLabel("Address").fill("/v1/articles/1/readers?limit=2&fields=uid");
      await entry.getByRole("button", { name: "Ask" }).click();
      const shown = JSON.parse((await entry.locator("pre").textContent()) ?? "");
      expect(shown).toEqual(await getJson("/v1/articles/1/readers?limit=2&fields=uid"));
      const write = page.locator("details", { hasText: "Writes a new user" });
      await write.locator("summary").click();
      await write.getByRole("row", { name: /^preferTags/ }).waitFor();
      expect(await write.getByLabel("Address").count()).toBe(0);
    }));

  it("says so where there is nothing", async () => {
    const { page, faults } = await openPage(browser);
    await page.goto("/users/99999999");
    await page.getByText("there is no user 99999999").waitFor();
    await page.goto("/ranks/daily/1999-01-01");
    await page.getByText("Nobody read anything in this period").waitFor();
    // The browser itself reports what was not found, and nothing else went wrong.
    expect(faults.filter((fault) => !fault.includes("404"))).toEqual([]);
    await page.context().close();
  });

  it.each([
    { path: "/", width: 390, colorScheme: "dark" },
    { path: "/users?region=Beijing", width: 390, colorScheme: "dark" },
    { path: "/articles?category=science", width: 390, colorScheme: "light" },
    { path: "/articles/1", width: 390, colorScheme: "dark" },
    { path: "/console", width: 390, colorScheme: "dark" },
    { path: "/console/operations", width: 390, colorScheme: "light" },
    { path: "/api", width: 390, colorScheme: "dark" },
  ] as const)("fits $path on a screen of $width pixels", ({ path, ...look }) =>
    visit(look, async ({ page }) => {
      await page.goto(path);
      await page.locator("h1").waitFor();
      await expect.poll(() => page.locator("main .skeleton").count(), { timeout: 20_000 }).toBe(0);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(look.width);
      const back = await page.evaluate("getComputedStyle(document.body).backgroundColor");
      expect(back).toBe(look.colorScheme === "dark" ? "rgb(16, 22, 21)" : "rgb(247, 248, 248)");
    }),
  );

  it("is small", async () => {
    const shell = await (await fetch(`${url}/`)).text();
    const paths = [...shell.matchAll(/"(\/web\/[^"]+)"/g)].map(([, path = ""]) => path);
    expect(paths).toHaveLength(3);
    let bytes = gzipSync(shell).length;
    for (const path of paths)
      bytes += gzipSync(Buffer.from(await (await fetch(url + path)).arrayBuffer())).length;
    expect(bytes).toBeLessThan(150_000);
  });
});
