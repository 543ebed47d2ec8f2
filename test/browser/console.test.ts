import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Look, openBrowser, openPage } from "./browser.ts";
import { createLine } from "./line.ts";
import { findViolations, settle } from "./look.ts";

const { url, token, home } = inject("site");
let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

/** Files are sent into the object store, on an address of its own, which the policy names. */
const findStore = async (): Promise<string> => {
  const policy = (await fetch(`${url}/console`)).headers.get("content-security-policy") ?? "";
  return /connect-src 'self' (\S+?);/.exec(policy)?.[1] ?? "";
};

const signIn = async (page: Page, given = token): Promise<void> => {
  await page.getByLabel("Token").fill(given);
  await page.keyboard.press("Enter");
};

/** Opens a page of the console with the token, and holds it to have no faults when it is left. */
const visit = async (
  path: string,
  work: (page: Page) => Promise<void>,
  look: Look & { readonly expected?: RegExp } = {},
): Promise<void> => {
  const { page, faults } = await openPage(browser, look);
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

interface Tablet {
  readonly tablet: string;
  readonly alias: string;
  readonly shard: string;
  readonly role: string;
  readonly dataCenter: string;
}

const getJson = async <T>(path: string): Promise<T> =>
  (await fetch(`${url}${path}`)).json() as Promise<T>;
const readTablets = async (): Promise<readonly Tablet[]> =>
  (await getJson<{ items: Tablet[] }>("/v1/tablets")).items;

const choose = async (page: Page, about: string, action: string): Promise<Locator> => {
  await page.getByRole("button", { name: `What can be done with ${about}`, exact: true }).click();
  await page.getByRole("menuitem", { name: action, exact: true }).click();
  return page.getByRole("dialog");
};

const run = async (dialog: Locator, name?: string): Promise<void> => {
  if (name !== undefined) await dialog.getByLabel(/^Type .* to confirm$/).fill(name);
  await dialog.getByRole("button", { name: "Run it" }).click();
};

const LONG_MS = 150_000;
const ended = async (dialog: Locator): Promise<void> => {
  await dialog.locator(".badge", { hasText: "succeeded" }).waitFor({ timeout: LONG_MS });
  await dialog.getByRole("button", { name: "Close" }).click();
};

const card = (page: Page, name: string): Locator => page.locator(".tablet", { hasText: name });

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

  it("does not drop a server that its shard needs, and says why", () =>
    visit("/console", async (page) => {
      const [replica] = (await readTablets()).filter(({ role }) => role === "replica");
      const name = replica?.tablet ?? "";
      const dialog = await choose(page, name, "Drop");
      await dialog.getByText("It cannot run now:").waitFor();
      await dialog.getByLabel(/^Type .* to confirm$/).fill(name);
      expect(await dialog.getByRole("button", { name: "Run it" }).isDisabled()).toBe(true);
      // With a replacement it could; nothing is run.
      await dialog.getByLabel("Let another server join first").check();
      await dialog.getByText("let another join").waitFor();
      expect(await dialog.getByRole("button", { name: "Run it" }).isDisabled()).toBe(false);
      await page.keyboard.press("Escape");
      expect(await page.getByRole("dialog").count()).toBe(0);
    }));

  it.each([
    ["Beijing", "Move a region or category here", "What moves"],
    ["Beijing", "Evacuate", "Type beijing to confirm"],
    ["Beijing", "Fail over", "they still serve|still serve: evacuate it instead"],
    ["tagenal/-80", "Migrate", "New home"],
    ["tagenal/-80", "Back up", "Plan"],
  ])("shows the plan of %s: %s, and runs nothing", (about, action, says) =>
    visit("/console", async (page) => {
      const before = await getJson<{ items: object[] }>("/v1/operations");
      const dialog = await choose(page, about, action);
      await dialog.getByText(new RegExp(says)).first().waitFor();
      await dialog.getByRole("heading", { name: "Plan" }).waitFor();
      await page.keyboard.press("Escape");
      expect(await getJson("/v1/operations")).toEqual(before);
    }),
  );

  it(
    "lets a server join, promotes it, and drops it again, all seen live",
    () =>
      visit("/console", async (page) => {
        const before = await readTablets();
        const joining = await choose(page, "Beijing", "Join a server");
        await joining.getByLabel("Shard").selectOption("tagenal/-80");
        await run(joining);
        await ended(joining);
        const joined = (await readTablets()).find(
          ({ tablet }) => !before.some((one) => one.tablet === tablet),
        );
        const name = joined?.tablet ?? "";
        await card(page, name).getByText("serving", { exact: true }).waitFor({ timeout: 15_000 });
        await run(await choose(page, name, "Promote"));
        await ended(page.getByRole("dialog"));
        await page.locator(".tablet-primary", { hasText: name }).waitFor({ timeout: 15_000 });
        const dropping = await choose(page, name, "Drop");
        await dropping.getByText("hands over").first().waitFor();
        await run(dropping, name);
        await ended(dropping);
        await expect.poll(() => card(page, name).count(), { timeout: 15_000 }).toBe(0);
        await page.getByRole("link", { name: "Operations" }).click();
        const row = page.locator("tbody tr", { hasText: name }).first();
        await row.getByText("succeeded").waitFor();
        await page.getByRole("link", { name: "History" }).click();
        await page.locator("tbody tr", { hasText: name }).first().waitFor();
      }),
    400_000,
  );

  it(
    "splits a shard, and undoes it",
    () =>
      visit("/console", async (page) => {
        const dialog = await choose(page, "tagenal/80-", "Split");
        await dialog.getByText("compare every row").waitFor();
        await run(dialog);
        await dialog.locator(".phase-now", { hasText: "keep" }).waitFor({ timeout: 300_000 });
        await page
          .locator(".shard-name", { hasText: "tagenal/80-c0" })
          .waitFor({ timeout: 15_000 });
        await dialog.getByRole("button", { name: "Undo", exact: true }).click();
        await page.getByRole("button", { name: "Undo it" }).click();
        await dialog.locator(".badge", { hasText: "undone" }).waitFor({ timeout: 300_000 });
        await dialog.getByRole("button", { name: "Close" }).click();
        await expect
          .poll(() => page.locator(".shard-name", { hasText: "tagenal/80-c0" }).count(), {
            timeout: 30_000,
          })
          .toBe(0);
      }),
    700_000,
  );

  it("backs a shard up, and then knows what a server could begin with", () =>
    visit("/console", async (page) => {
      const backing = await choose(page, "tagenal/80-", "Back up");
      await backing.getByRole("heading", { name: "Plan" }).waitFor();
      await run(backing);
      await ended(backing);
      const restoring = await choose(page, "tagenal/80-", "Restore");
      await restoring.getByText("Backup", { exact: true }).waitFor();
      expect(await restoring.getByRole("button", { name: "Run it" }).isEnabled()).toBe(true);
    }));

  it("sees a killed primary within five seconds, and its successor", () =>
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
      process.kill(Number(await readFile(join(folder, "mysql.pid"), "utf8")), "SIGKILL");
      await expect.poll(() => wellLed.count(), { timeout: 5_000, interval: 50 }).toBe(0);
      const led = page.locator("tr", { hasText: "tagenal/-80" }).locator(".tablet-primary");
      await led.filter({ has: page.locator(".badge-good") }).waitFor({ timeout: 60_000 });
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

  it("loads files that are dropped on it, pauses, resumes, and loads them", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tagenal-console-"));
    const users = await getJson<{ items: Record<string, unknown>[] }>("/v1/users?limit=5000");
    const lines = Array.from({ length: 20_000 }, (_, index) => {
      const user = users.items[index % users.items.length];
      const uid = 1_000_000 + index;
      const texts = Object.entries({ ...user, uid, id: `u${uid}` });
      return JSON.stringify(Object.fromEntries(texts.map(([name, value]) => [name, `${value}`])));
    });
    const file = join(folder, "user.dat");
    await writeFile(file, lines.join("\n"));
    await visit("/console/load", async (page) => {
      await page.locator("input[type=file]").setInputFiles(file);
      await page.getByText("as user.dat").waitFor();
      await page.getByRole("button", { name: /^Load / }).click();
      const load = page.locator(".load").first();
      await load.locator("table progress").first().waitFor({ timeout: 60_000 });
      await load.getByRole("button", { name: "Pause" }).click();
      await load.locator(".badge", { hasText: "paused" }).waitFor({ timeout: 30_000 });
      await load.getByRole("button", { name: "Resume" }).click();
      await load.locator(".badge", { hasText: "succeeded" }).waitFor({ timeout: LONG_MS });
      expect((await getJson<{ uid: number }>("/v1/users/1019999")).uid).toBe(1_019_999);
    });
    await rm(folder, { recursive: true });
  }, 300_000);

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

  it("has dialogs and menus in which axe finds nothing wrong", () =>
    visit("/console", async (page) => {
      const dialog = await choose(page, "tagenal/-80", "Split");
      await dialog.getByText("compare every row").waitFor();
      expect(await findViolations(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await page
        .getByRole("button", { name: "What can be done with Beijing", exact: true })
        .click();
      expect(await findViolations(page)).toEqual([]);
    }));

  it("says so when it has lost contact, keeps what it knew, and comes back by itself", async () => {
    const line = await createLine(url);
    const context = await browser.newContext({ baseURL: line.url });
    const page = await context.newPage();
    await page.goto("/console");
    await page.locator(".tablet").first().waitFor();
    const cutAt = performance.now();
    line.cut();
    await page.getByText("Contact lost.").waitFor({ timeout: 8_000 });
    expect(performance.now() - cutAt).toBeLessThan(8_000);
    expect(await page.locator(".tablet").count()).toBeGreaterThan(0);
    line.mend();
    await page.getByText("Live", { exact: true }).waitFor({ timeout: 15_000 });
    await context.close();
    line.close();
  });
});
