/** How the tests of the console go about in it. */
import type { Browser, Locator, Page } from "playwright-core";
import { expect, inject } from "vitest";
import { type Look, openPage } from "./browser.ts";

const { url, token } = inject("site");

/** Files are sent into the object store, on an address of its own, which the policy names. */
const findStore = async (): Promise<string> => {
  const policy = (await fetch(`${url}/console`)).headers.get("content-security-policy") ?? "";
  return /connect-src 'self' (\S+?);/.exec(policy)?.[1] ?? "";
};

export const signIn = async (page: Page, given = token): Promise<void> => {
  await page.getByLabel("Token").fill(given);
  await page.keyboard.press("Enter");
};

export type Visit = (
  path: string,
  work: (page: Page) => Promise<void>,
  look?: Look & { readonly expected?: RegExp },
) => Promise<void>;

/** Opens a page of the console with the token, and holds it to have no faults when it is left. */
export const createVisit =
  (browser: () => Browser): Visit =>
  async (path, work, look = {}) => {
    const { page, faults } = await openPage(browser(), look);
    const storeUrl = await findStore();
    try {
      await page.goto(path);
      await signIn(page);
      await page.getByText("You can make changes.").waitFor();
      await work(page);
      const { expected } = look;
      const isFault = (fault: string): boolean =>
        !fault.includes(storeUrl) && expected?.test(fault) !== true;
      expect(faults.filter(isFault)).toEqual([]);
    } finally {
      await page.context().close();
    }
  };

export interface Tablet {
  readonly tablet: string;
  readonly alias: string;
  readonly shard: string;
  readonly role: string;
  readonly state: string;
  readonly dataCenter: string;
}

export const getJson = async <T>(path: string): Promise<T> =>
  (await fetch(`${url}${path}`)).json() as Promise<T>;
export const readTablets = async (): Promise<readonly Tablet[]> =>
  (await getJson<{ items: Tablet[] }>("/v1/tablets")).items;

export const openMenu = (page: Page, about: string): Promise<void> =>
  page.getByRole("button", { name: `What can be done with ${about}`, exact: true }).click();

export const choose = async (page: Page, about: string, action: string): Promise<Locator> => {
  await openMenu(page, about);
  await page.getByRole("menuitem", { name: action, exact: true }).click();
  return page.getByRole("dialog");
};

export const confirm = (dialog: Locator, name: string): Promise<void> =>
  dialog.getByLabel(/^Type .* to confirm$/).fill(name);

/** Once its plan says that it can. */
export const run = async (dialog: Locator, name?: string): Promise<void> => {
  if (name !== undefined) await confirm(dialog, name);
  await dialog.getByRole("button", { name: "Run it" }).click();
};

/** An operation that takes longer has hung. */
export const LONG_MS = 240_000;

export const ended = async (dialog: Locator, state = "succeeded"): Promise<void> => {
  await dialog.locator(".badge", { hasText: state }).waitFor({ timeout: LONG_MS });
  await dialog.getByRole("button", { name: "Close" }).click();
};

export const card = (page: Page, name: string): Locator =>
  page.locator(".tablet", { hasText: name });
