import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { openBrowser, openPage } from "./browser.ts";
import { choose, createVisit, LONG_MS, openMenu, readTablets, signIn } from "./console-client.ts";
import { keepFigures } from "./figures.ts";
import { createLine } from "./line.ts";
import { findViolations, settle } from "./look.ts";

const { url, home } = inject("site");
let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());
const visit = createVisit(() => browser);

/** Nobody would wait so long for what is told live. */
const HUNG_MS = 30_000;

describe("the console", () => {
  it("shows every server, and nothing to press without the token", async () => {
    const { page, faults } = await openPage(browser);
    await page.goto("/console");
    await page.locator(".tablet").first().waitFor();
    const tablets = await readTablets();
    const shown = await page.locator(".tablet strong").allTextContents();
    expect(shown.sort()).toEqual(tablets.map((one) => one.tablet).sort());
    expect(await page.locator(".menu").count()).toBe(0);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it("does not take another token", async () => {
    const { page } = await openPage(browser);
    await page.goto("/console");
    await signIn(page, "guessed");
    await page.getByText("That is not the token.").waitFor();
    expect(await page.locator(".menu").count()).toBe(0);
    await page.context().close();
  });

  it("keeps the token for the tab alone, until it is told to forget it", () =>
    visit("/console", async (page) => {
      await page.reload();
      await page.getByText("You can make changes.").waitFor();
      const other = await page.context().newPage();
      await other.goto("/console");
      await other.getByLabel("Token").waitFor();
      await page.getByRole("button", { name: "Forget the token" }).click();
      await page.getByLabel("Token").waitFor();
    }));

  it("has menus that the keyboard goes through", () =>
    visit("/console", async (page) => {
      const button = page.getByRole("button", { name: "What can be done with tagenal/-80" });
      await button.focus();
      await page.keyboard.press("Enter");
      const focused = page.locator("[role=menuitem]:focus");
      expect(await focused.textContent()).toBe("Promote the best standby");
      await page.keyboard.press("ArrowDown");
      expect(await focused.textContent()).toBe("Back up");
      await page.keyboard.press("End");
      expect(await focused.textContent()).toBe("Split");
      await page.keyboard.press("Escape");
      expect(await page.getByRole("menu").count()).toBe(0);
      expect(await page.evaluate("document.activeElement.ariaLabel")).toBe(
        "What can be done with tagenal/-80",
      );
    }));

  it("sees a killed primary soon, and its successor", () =>
    visit("/console", async (page) => {
      const primary = (await readTablets()).find(
        ({ shard, role }) => shard === "tagenal/-80" && role === "primary",
      );
      const { tablet: name = "", alias = "" } = primary ?? {};
      const wellLed = page
        .locator(".tablet-primary", { hasText: name })
        .filter({ has: page.locator(".badge-good") });
      await wellLed.waitFor();
      const folder = join(home, "vt", `vt_${alias.split("-")[1]}`);
      const pid = Number(await readFile(join(folder, "mysql.pid"), "utf8"));
      const killedAt = performance.now();
      const sinceKill = (): number => Math.round(performance.now() - killedAt);
      process.kill(pid, "SIGKILL");
      // What takes longer will not come any more; what is promised is five seconds.
      await expect.poll(() => wellLed.count(), { timeout: HUNG_MS, interval: 50 }).toBe(0);
      const seenMs = sinceKill();
      const led = page.locator("tr", { hasText: "tagenal/-80" }).locator(".tablet-primary");
      await led.filter({ has: page.locator(".badge-good") }).waitFor();
      await keepFigures("a killed primary", { seenMs, successorSeenMs: sinceKill() });
      expect(await led.locator("strong").textContent()).not.toBe(name);
    }));

  it("answers SQL that reads, with its plan and its shards, and refuses what writes", () =>
    visit(
      "/console/query",
      async (page) => {
        const ask = async (sql: string): Promise<void> => {
          await page.getByLabel("SQL, read only").fill(sql);
          await page.keyboard.press("Control+Enter");
        };
        await ask("select uid, name from user where region = 'Beijing' order by uid limit 2");
        await page.getByText("2 rows").waitFor();
        expect(await page.locator(".result tbody tr").count()).toBe(2);
        expect(await page.locator("p[role=status] .chip").allTextContents()).toEqual([
          ...["tagenal/-80", "tagenal/80-"],
        ]);
        await page.locator(".plan-tree").getByText("Scatter").waitFor();
        await ask("select count(*) from user; delete from user");
        await page.getByText("it has to be one statement").waitFor();
        await ask("show vitess_tablets");
        await page.locator(".result").getByText("PRIMARY").first().waitFor();
      },
      { expected: /400/ },
    ));

  it("says that nobody watches a cluster that was started so", () =>
    visit("/console/watch", async (page) => {
      await page.getByText("Nobody watches this cluster").waitFor();
    }));

  const looks = (["light", "dark"] as const).flatMap((colorScheme) =>
    [
      ...["/console", "/console/operations", "/console/history", "/console/load"],
      ...["/console/query", "/console/watch", "/console/traces"],
    ].map((path) => ({ path, colorScheme })),
  );
  it.each(looks)(
    "has nothing on $path that axe finds wrong, in $colorScheme",
    ({ path, colorScheme }) =>
      visit(
        path,
        async (page) => {
          await settle(page);
          expect(await findViolations(page)).toEqual([]);
        },
        { colorScheme, width: 1_440 },
      ),
  );

  it.each(looks)("fits $path on a screen of 390 pixels, in $colorScheme", ({ path, colorScheme }) =>
    visit(
      path,
      async (page) => {
        await settle(page);
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
      },
      { colorScheme, width: 390 },
    ),
  );

  const dialogs = [
    ["Beijing", "Join a server"],
    ["Beijing", "Move a region or category here"],
    ["Beijing", "Evacuate"],
    ["Beijing", "Fail over"],
    ["tagenal/-80", "Promote the best standby"],
    ["tagenal/-80", "Back up"],
    ["tagenal/-80", "Restore"],
    ["tagenal/-80", "Migrate"],
    ["tagenal/-80", "Split"],
    ["replica", "Promote"],
    ["replica", "Heal"],
    ["replica", "Drop"],
  ] as const;
  it.each(["light", "dark"] as const)(
    "has dialogs and menus in which axe finds nothing wrong, in %s",
    (colorScheme) =>
      visit(
        "/console",
        async (page) => {
          const replica = (await readTablets()).find(({ role }) => role === "replica");
          for (const [about, action] of dialogs) {
            const name = about === "replica" ? (replica?.tablet ?? "") : about;
            await openMenu(page, name);
            expect(await findViolations(page, "[role=menu]"), name).toEqual([]);
            await page.keyboard.press("Escape");
            const dialog = await choose(page, name, action);
            // A plan, or why there is none.
            await dialog.locator("h3, [role=alert]").first().waitFor();
            expect(await findViolations(page, "dialog"), `${name}: ${action}`).toEqual([]);
            await page.keyboard.press("Escape");
          }
        },
        // There is no backup yet.
        { colorScheme, expected: /409/ },
      ),
    LONG_MS,
  );

  it("says so when it has lost contact, keeps what it knew, and comes back by itself", async () => {
    const line = await createLine(url);
    const context = await browser.newContext({ baseURL: line.url });
    const page = await context.newPage();
    await page.goto("/console");
    await page.locator(".tablet").first().waitFor();
    const cutAt = performance.now();
    line.cut();
    await page.getByText("Contact lost.").waitFor({ timeout: HUNG_MS });
    const saidMs = Math.round(performance.now() - cutAt);
    expect(await page.locator(".tablet").count()).toBeGreaterThan(0);
    line.mend();
    const mendedAt = performance.now();
    await page.getByText("Live", { exact: true }).waitFor();
    const backMs = Math.round(performance.now() - mendedAt);
    await keepFigures("contact that is lost", { saidMs, backMs });
    await context.close();
    line.close();
  });
});
