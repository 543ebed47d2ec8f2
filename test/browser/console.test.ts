import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { openBrowser, openPage } from "./browser.ts";

const { url, token } = inject("site");
let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const signIn = async (page: Page, given: string): Promise<void> => {
  await page.getByLabel("Token").fill(given);
  await page.keyboard.press("Enter");
};

interface Tablet {
  readonly tablet: string;
  readonly shard: string;
  readonly role: string;
}

const readTablets = async (): Promise<readonly Tablet[]> =>
  ((await (await fetch(`${url}/v1/tablets`)).json()) as { items: Tablet[] }).items;

describe("the console", () => {
  it("shows every server, and nothing to press without the token", async () => {
    const { page, faults } = await openPage(browser);
    await page.goto("/console");
    await page.locator(".tablet").first().waitFor();
    const tablets = await readTablets();
    const shown = await page.locator(".tablet strong").allTextContents();
    expect(shown.sort()).toEqual(tablets.map((one) => one.tablet).sort());
    expect(await page.locator(".actions").count()).toBe(0);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it("does not take another token", async () => {
    const { page } = await openPage(browser);
    await page.goto("/console");
    await signIn(page, "guessed");
    await page.getByText("That is not the token.").waitFor();
    expect(await page.locator(".actions").count()).toBe(0);
    await page.context().close();
  });

  it("keeps the token for the tab alone, until it is told to forget it", async () => {
    const { page } = await openPage(browser);
    await page.goto("/console");
    await signIn(page, token);
    await page.getByText("You can make changes.").waitFor();
    await page.reload();
    await page.getByText("You can make changes.").waitFor();
    const other = await page.context().newPage();
    await other.goto("/console");
    await other.getByLabel("Token").waitFor();
    await page.getByRole("button", { name: "Forget the token" }).click();
    await page.getByLabel("Token").waitFor();
    await page.context().close();
  });

  it("does not drop a server that its shard needs, and says why", async () => {
    const { page, faults } = await openPage(browser);
    await page.goto("/console");
    await signIn(page, token);
    const [replica] = (await readTablets()).filter(({ role }) => role === "replica");
    await page.getByRole("button", { name: `Drop ${replica?.tablet}` }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("It cannot run now:").waitFor();
    await dialog.getByLabel(/^Type .* to confirm$/).fill(replica?.tablet ?? "");
    expect(await dialog.getByRole("button", { name: "Run it" }).isDisabled()).toBe(true);
    // With a replacement it could; nothing is run.
    await dialog.getByLabel("Let another server join first").check();
    await dialog.getByText("let another join").waitFor();
    expect(await dialog.getByRole("button", { name: "Run it" }).isDisabled()).toBe(false);
    await page.keyboard.press("Escape");
    expect(await page.getByRole("dialog").count()).toBe(0);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it("promotes a server: its plan, its progress, its end, and the new primary live", async () => {
    const { page, faults } = await openPage(browser);
    await page.goto("/console");
    await signIn(page, token);
    const replica = (await readTablets()).find(
      ({ shard, role, tablet }) =>
        shard === "tagenal/-80" && role === "replica" && tablet.startsWith("beijing"),
    );
    const name = replica?.tablet ?? "";
    await page.getByRole("button", { name: `Promote ${name}` }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText(`hands over to ${name}`).waitFor();
    await dialog.getByRole("button", { name: "Run it" }).click();
    await dialog.getByText("succeeded").waitFor({ timeout: 60_000 });
    await dialog.getByRole("button", { name: "Close" }).click();
    await page.locator(".tablet-primary", { hasText: name }).waitFor({ timeout: 15_000 });
    await page.getByRole("link", { name: "Operations" }).click();
    const row = page.locator("tbody tr", { hasText: name }).first();
    await row.getByText("succeeded").waitFor();
    await row.getByRole("link", { name: "Promote" }).click();
    await page.getByText("Details").click();
    await page.locator("pre", { hasText: '"promote-standby"' }).waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it("says so when it has lost contact, keeps what it knew, and comes back by itself", async () => {
    const { page } = await openPage(browser);
    await page.goto("/console");
    await page.locator(".tablet").first().waitFor();
    await page.context().setOffline(true);
    await page.getByText("Contact lost.").waitFor({ timeout: 15_000 });
    expect(await page.locator(".tablet").count()).toBeGreaterThan(0);
    await page.context().setOffline(false);
    await page.getByText("Live,").waitFor({ timeout: 15_000 });
    await page.context().close();
  });
});
