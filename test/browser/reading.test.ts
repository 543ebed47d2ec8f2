import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Look, type OpenedPage, openBrowser, openPage } from "./browser.ts";
import { keepFigures } from "./figures.ts";
import { findViolations, measure, readVitals, settle } from "./look.ts";

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
  readonly title: string;
  readonly media: {
    readonly images: string[];
    readonly text: string;
    readonly video: string | null;
  };
}

interface PageOf<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/** The first article with a video whose files are there. */
const findWithMedia = async (): Promise<Article> => {
  const { items } = await getJson<PageOf<{ aid: number; video: string }>>(
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

  it("lists the users of a region, more of them below, and all of it again when one goes back", () =>
    visit({}, async ({ page }) => {
      await page.goto("/users");
      await page.getByRole("link", { name: "Hong Kong" }).click();
      await page.getByRole("heading", { level: 1, name: "Users in Hong Kong" }).waitFor();
      const people = page.locator("li.person");
      await people.nth(19).waitFor();
      await page.getByRole("link", { name: "Show more" }).click();
      await people.nth(39).waitFor();
      const names = await page.locator(".person-name").allTextContents();
      expect(new Set(names).size).toBe(40);
      const regions = await page.locator(".person-words .quiet:nth-child(2)").allTextContents();
      expect(regions.every((text) => text.startsWith("Hong Kong · "))).toBe(true);
      await people.nth(30).scrollIntoViewIfNeeded();
      const before = Number(await page.evaluate("scrollY"));
      await people.nth(30).getByRole("link").click();
      await page.getByRole("heading", { level: 1, name: names[30] ?? "" }).waitFor();
      await page.goBack();
      await people.nth(39).waitFor();
      expect(await page.locator(".person-name").allTextContents()).toEqual(names);
      await expect.poll(() => page.evaluate("scrollY")).toBe(before);
    }));

  it("narrows users down, and keeps what was chosen in the address", () =>
    visit({}, async ({ page }) => {
      await page.goto("/users?region=Beijing");
      await page.getByLabel("Gender").selectOption("female");
      await page.getByLabel("Grade").selectOption("grade2");
      await page.getByLabel("Name begins with").fill("user1");
      await page.keyboard.press("Enter");
      await expect
        .poll(() => new URL(page.url()).search)
        .toBe("?region=Beijing&gender=female&grade=grade2&startsWith=user1");
      await settle(page);
      const path =
        "/v1/users?region=Beijing&gender=female&grade=grade2&name[gte]=user1&name[lt]=user2&limit=20";
      const { items } = await getJson<PageOf<{ name: string }>>(path);
      const names = items.map(({ name }) => name);
      await expect.poll(() => page.locator(".person-name").allTextContents()).toEqual(names);
      await page.reload();
      await settle(page);
      expect(await page.getByLabel("Gender").inputValue()).toBe("female");
      expect(await page.locator(".person-name").allTextContents()).toEqual(names);
      await page.getByRole("button", { name: "Clear these" }).click();
      await expect.poll(() => new URL(page.url()).search).toBe("?region=Beijing");
    }));

  it("finds articles by category, language and tag, the newest first", () =>
    visit({}, async ({ page }) => {
      await page.goto("/articles");
      await page.getByRole("link", { name: "technology", exact: true }).first().click();
      await page.getByRole("heading", { level: 1, name: "Articles on technology" }).waitFor();
      await page.getByLabel("Language").selectOption("en");
      await page.getByLabel("Tag").fill("tags7");
      await page.keyboard.press("Enter");
      await expect
        .poll(() => new URL(page.url()).search)
        .toBe("?category=technology&language=en&tag=tags7");
      const { items } = await getJson<PageOf<{ title: string }>>(
        "/v1/articles?category=technology&language=en&articleTags=tags7&sort=-timestamp&limit=20",
      );
      const titles = items.map(({ title }) => title);
      await expect.poll(() => page.locator(".story-title").allTextContents()).toEqual(titles);
      await page.getByLabel("Tag").fill("nothing has this");
      await page.keyboard.press("Enter");
      await page.getByText("No article fits all of this.").waitFor();
    }));

  it("shows a user with her reads, and the way to what she read", () =>
    visit({}, async ({ page }) => {
      const user = await getJson<{ name: string; email: string }>("/v1/users/1");
      const reads = await getJson<PageOf<{ title: string }>>(
        "/v1/users/1/reads?limit=20&sort=-timestamp",
      );
      await page.goto("/users/1");
      await page.getByRole("heading", { level: 1, name: user.name }).waitFor();
      await page.getByText(user.email).waitFor();
      await page.locator(".read").first().waitFor();
      expect(await page.locator(".read-title").allTextContents()).toEqual(
        reads.items.map(({ title }) => title),
      );
      const title = reads.items[0]?.title ?? "";
      await page.getByRole("link", { name: title, exact: true }).first().click();
      await page.getByRole("heading", { level: 1, name: title }).waitFor();
    }));

  it("shows an article with its text, its pictures, a video that plays, and its readers", () =>
    visit({}, async ({ page }) => {
      const { aid, title, media } = await findWithMedia();
      const text = await (await fetch(url + media.text)).text();
      await page.goto(`/articles/${aid}`);
      const lines = text.split("\n").filter((line) => line.trim() !== "" && line !== title);
      await page.locator(".prose p").first().waitFor();
      expect(await page.locator(".prose").textContent()).toContain(lines[0] ?? "");
      const pictures = page.locator(".pictures img");
      expect(await pictures.count()).toBe(media.images.length);
      for (const picture of await pictures.all()) await picture.scrollIntoViewIfNeeded();
      const arePictures = "[...document.images].every(({ naturalWidth }) => naturalWidth > 0)";
      await expect.poll(() => page.evaluate(arePictures)).toBe(true);
      const isPlaying =
        "document.querySelector('video').play().then(() => document.querySelector('video').poster)";
      expect(await page.evaluate(isPlaying)).toContain(media.images[0]);
      const time = "document.querySelector('video').currentTime";
      await expect.poll(() => page.evaluate(time)).toBeGreaterThan(0.1);
      const { items } = await getJson<PageOf<number>>(`/v1/articles/${aid}/be-read?list=agree`);
      await page.getByRole("button", { name: "agreed" }).click();
      const links = page.locator(".people-small .person-name a");
      await expect.poll(() => links.count()).toBe(Math.min(items.length, 24));
      const found = await links.evaluateAll((all) => all.map((one) => one.getAttribute("href")));
      expect(found).toEqual(items.slice(0, 24).map((uid) => `/users/${uid}`));
    }));

  it("shows the top five of a period, of the one before, and of any day that is picked", () =>
    visit({}, async ({ page }) => {
      await page.goto("/ranks");
      await page.locator(".rank > li").first().waitFor();
      await page.getByRole("link", { name: "Day before" }).click();
      await page.getByText("2018-04-30", { exact: true }).waitFor();
      await page.getByRole("link", { name: "Day after" }).click();
      await page.getByRole("link", { name: "Month", exact: true }).click();
      await page.getByText("2018-05-01 to 2018-05-31").waitFor();
      await page.getByLabel("Day in the period").fill("2018-02-03");
      await page.getByText("2018-02-01 to 2018-02-28").waitFor();
      expect(new URL(page.url()).pathname).toBe("/ranks/monthly/2018-02-03");
      const rank = await getJson<{ articles: { title: string; abstract: string }[] }>(
        "/v1/ranks/monthly/2018-02-03",
      );
      const titles = page.locator(".rank .story-title");
      await expect
        .poll(() => titles.allTextContents())
        .toEqual(rank.articles.map(({ title }) => title));
      expect(await page.locator(".rank .cover").count()).toBe(rank.articles.length);
      expect(await page.locator(".story-abstract").first().textContent()).toBe(
        rank.articles[0]?.abstract,
      );
      await page.getByRole("link", { name: "Month before" }).click();
      await page.getByText("2018-01-01 to 2018-01-31").waitFor();
    }));

  it("asks ahead for what a link leads to, so that it is there when it is wanted", async () => {
    const { page } = await openPage(browser);
    await page.goto("/articles");
    await settle(page);
    const link = page.locator(".story-title a").nth(3);
    const title = (await link.textContent()) ?? "";
    const address = `${url}/v1${await link.getAttribute("href")}`;
    const answered = page.waitForResponse((response) => response.url() === address);
    await link.hover();
    await (await answered).finished();
    // Nobody could be asked any more.
    await page.context().setOffline(true);
    await link.click();
    await page.getByRole("heading", { level: 1, name: title }).waitFor();
    await page.context().close();
  });

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
});

describe("the states of a reading page", () => {
  it("says so where there is nothing", async () => {
    const { page, faults } = await openPage(browser);
    await page.goto("/users/99999999");
    await page.getByText("there is no user 99999999").waitFor();
    expect(await page.getByRole("button", { name: "Try again" }).count()).toBe(0);
    await page.goto("/ranks/daily/1999-01-01");
    await page.getByText("Nobody read anything in this period").waitFor();
    await page.goto("/ranks/yearly/2018-05-01");
    await page.getByRole("heading", { level: 1, name: "There is no such page" }).waitFor();
    // The browser itself reports what was not found, and nothing else went wrong.
    expect(faults.filter((fault) => !fault.includes("404"))).toEqual([]);
    await page.context().close();
  });

  it("has the form of what is on its way, and says so when that takes long", async () => {
    const { page } = await openPage(browser);
    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await page.route("**/v1/articles?*", async (route) => {
      await held;
      await route.continue();
    });
    await page.goto("/articles");
    await page.locator(".skeleton .story").nth(19).waitFor();
    await page.getByText("This takes longer than usual").waitFor();
    letGo();
    await page.locator(".story-title").first().waitFor();
    expect(await page.locator(".skeleton").count()).toBe(0);
    await page.context().close();
  });

  it("says what failed, and asks again when it is told to", async () => {
    const { page } = await openPage(browser);
    await page.route("**/v1/users?*", (route) => route.abort());
    await page.goto("/users");
    await page.getByText("The system does not answer.").waitFor();
    await page.unroute("**/v1/users?*");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator(".person").first().waitFor();
    await page.context().close();
  });

  it.each([
    { path: "/", width: 390, colorScheme: "dark" },
    { path: "/users?region=Beijing", width: 390, colorScheme: "dark" },
    { path: "/users/1", width: 390, colorScheme: "light" },
    { path: "/articles?category=science", width: 390, colorScheme: "light" },
    { path: "/articles/1", width: 390, colorScheme: "dark" },
    { path: "/ranks/weekly/2018-05-01", width: 390, colorScheme: "light" },
    { path: "/console", width: 390, colorScheme: "dark" },
    { path: "/console/operations", width: 390, colorScheme: "light" },
    { path: "/api", width: 390, colorScheme: "dark" },
  ] as const)("fits $path on a screen of $width pixels", ({ path, ...look }) =>
    visit(look, async ({ page }) => {
      await page.goto(path);
      await settle(page);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(look.width);
      const back = await page.evaluate("getComputedStyle(document.body).backgroundColor");
      expect(back).toBe(look.colorScheme === "dark" ? "rgb(16, 22, 21)" : "rgb(247, 248, 248)");
    }),
  );

  const paths = [
    ...["/", "/articles", "/articles/20", "/users?region=Beijing", "/users/1"],
    ...["/ranks/weekly/2018-05-01", "/api", "/articles?tag=nothing", "/ranks/yearly/2018-05-01"],
  ];
  it.each(
    paths.flatMap((path) =>
      (["light", "dark"] as const).map((colorScheme) => ({ path, colorScheme })),
    ),
  )("has nothing on $path that axe finds wrong, in $colorScheme", ({ path, colorScheme }) =>
    visit({ colorScheme, width: 1440 }, async ({ page }) => {
      await page.goto(path);
      await settle(page);
      expect(await findViolations(page)).toEqual([]);
    }),
  );

  it("can be walked through by keyboard, and shows where one is", () =>
    visit({}, async ({ page }) => {
      await page.goto("/articles/20");
      await settle(page);
      const walked: string[] = [];
      for (let step = 0; step < 14; step += 1) {
        await page.keyboard.press("Tab");
        const { name, isSeen } = (await page.evaluate(`({
          name: document.activeElement.textContent.trim(),
          isSeen: getComputedStyle(document.activeElement).outlineStyle !== "none",
        })`)) as { name: string; isSeen: boolean };
        expect(isSeen, name).toBe(true);
        walked.push(name.replace(/ [\d,]+$/, ""));
      }
      expect(walked).toEqual([
        ...["Skip to the content", "Tagenal", "Articles", "Users", "Top five", "Console", "API"],
        ...["Sign in", "science", "#tags16", "Agree", "Comment", "Share", "Sign in to comment"],
      ]);
      // The first of them leads past the menu.
      await page.reload();
      await settle(page);
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      expect(await page.evaluate("document.activeElement.textContent")).toBe("science");
    }));

  it("is painted soon, and nothing moves that was painted", () =>
    visit({ width: 1440 }, async ({ page }) => {
      await measure(page.context());
      const found: Record<string, { lcpMs: number; cls: number }> = {};
      // The first one is asked for twice: by whoever has never been here, and again.
      for (const path of ["/", "/articles", "/articles/20", "/users", "/users/1", "/ranks", "/"]) {
        await page.goto(path);
        await settle(page);
        await page.waitForLoadState("networkidle");
        const { lcp, cls } = await readVitals(page);
        const name = found[path] === undefined ? path : `${path} again`;
        found[name] = { lcpMs: Math.round(lcp), cls: Number(cls.toFixed(3)) };
        expect(cls, path).toBeLessThan(0.1);
      }
      await keepFigures("largest contentful paint", found);
    }));

  it("is small", async () => {
    const shell = await (await fetch(`${url}/`)).text();
    const paths = [...shell.matchAll(/"(\/web\/[^"]+)"/g)].map(([, path = ""]) => path);
    // Script, its part, style and icon.
    expect(paths).toHaveLength(4);
    let bytes = gzipSync(shell).length;
    for (const path of paths)
      bytes += gzipSync(Buffer.from(await (await fetch(url + path)).arrayBuffer())).length;
    expect(bytes).toBeLessThan(150_000);
  });
});
