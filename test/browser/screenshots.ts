/**
 * Makes the screenshots of the README, of the pages of a real cluster with the sample: one of its
 * own, or one that serves already (TAGENAL_URL and TAGENAL_TOKEN). The one of an article writes an
 * agreement.
 *
 *     node test/browser/screenshots.ts
 */
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { startTestCluster } from "../integration/cluster.ts";
import { openBrowser } from "./browser.ts";
import { settle } from "./look.ts";

const folder = join(import.meta.dirname, "../../functions/serve-web/screenshots");

interface Site {
  readonly url: string;
  readonly token: string;
}

interface Shot {
  /** Of the file, without its ending. */
  readonly name: string;
  readonly path: string;
  /** Until the page is as it should be seen. */
  readonly prepare?: (page: Page, site: Site) => Promise<void>;
}

const signIn = async (page: Page, { token }: Site): Promise<void> => {
  await page.getByRole("button", { name: "Sign in", exact: true }).first().click();
  await page.getByLabel("uid of the user").fill("7");
  await page.getByLabel("Token").fill(token);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Sign out" }).waitFor();
};

const shots: readonly Shot[] = [
  { name: "home", path: "/" },
  {
    name: "article",
    path: "/articles/19",
    prepare: async (page, site) => {
      await signIn(page, site);
      await page.getByRole("button", { name: /^Agree/ }).click();
      await page.getByRole("button", { name: /^Agreed/ }).waitFor();
    },
  },
  {
    name: "console",
    path: "/console",
    prepare: async (page, { token }) => {
      await page.getByLabel("Token").fill(token);
      await page.keyboard.press("Enter");
      await page.locator(".share-bar").first().waitFor();
      // Until the first figures of queries have come.
      await page.locator(".figures dd", { hasText: "ms" }).first().waitFor();
      await page.getByRole("button", { name: "What can be done with tagenal/-80" }).click();
    },
  },
];

const take = async (browser: Browser, site: Site, { name, path, prepare }: Shot): Promise<void> => {
  const context = await browser.newContext({
    baseURL: site.url,
    viewport: { width: 1100, height: 760 },
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  await page.goto(path);
  await settle(page);
  await prepare?.(page, site);
  // Pictures come late, and the console's stream of events never rests.
  await page.waitForLoadState("networkidle", { timeout: 5_000 }).catch(() => {});
  const picture = await page.screenshot();
  // A quarter of the size, and nobody sees it.
  await sharp(picture)
    .png({ palette: true, quality: 100 })
    .toFile(join(folder, `${name}.png`));
  await context.close();
};

const takeAll = async (site: Site): Promise<void> => {
  const browser = await openBrowser();
  try {
    for (const shot of shots) await take(browser, site, shot);
  } finally {
    await browser.close();
  }
};

const { TAGENAL_URL: url, TAGENAL_TOKEN: token = "" } = process.env;
if (url === undefined) {
  const cluster = await startTestCluster({ isEmpty: false });
  await takeAll(cluster).finally(cluster.stop);
} else await takeAll({ url, token });
