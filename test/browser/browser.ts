/** A real Chromium, and pages that remember what went wrong in them. */
import { type Browser, chromium, type Page } from "playwright-core";
import { inject } from "vitest";

/** Debian's; another one by CHROMIUM. */
const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** Where root runs it, as in a container, Chromium's own sandbox does not work. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });

export interface OpenedPage {
  readonly page: Page;
  /** Errors of the console, violations of the policy among them, and requests to elsewhere. */
  readonly faults: readonly string[];
}

export interface Look {
  readonly colorScheme?: "light" | "dark";
  readonly width?: number;
}

export const openPage = async (
  browser: Browser,
  { colorScheme = "light", width = 1280 }: Look = {},
): Promise<OpenedPage> => {
  const { url } = inject("site");
  const viewport = { width, height: 900 };
  const context = await browser.newContext({ baseURL: url, colorScheme, viewport });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    // The sample sends the media of some articles only; those of others are not there.
    const isMissingMedia = message.location().url.startsWith(`${url}/v1/media/`);
    if (message.type() === "error" && !isMissingMedia)
      faults.push(`${message.text()} ${message.location().url}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(url)) faults.push(`asked elsewhere: ${request.url()}`);
  });
  return { page, faults };
};
