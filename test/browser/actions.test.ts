/** What can be done in the console, each deed from its menu to its end, as a person would do it. */
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBrowser } from "./browser.ts";
import {
  card,
  choose,
  confirm,
  createVisit,
  ended,
  getJson,
  LONG_MS,
  readTablets,
  run,
} from "./console-client.ts";
import { findViolations } from "./look.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());
const visit = createVisit(() => browser);

const runs = (dialog: Locator): Locator => dialog.getByRole("button", { name: "Run it" });

const namesOf = async (): Promise<string[]> =>
  (await readTablets()).map(({ tablet }) => tablet).sort();

/** Who was not there before. */
const findNew = async (before: readonly string[]): Promise<string> =>
  (await namesOf()).find((name) => !before.includes(name)) ?? "nobody";

const drop = async (page: Page, name: string): Promise<void> => {
  const dialog = await choose(page, name, "Drop");
  await run(dialog, name);
  await ended(dialog);
  await expect.poll(() => card(page, name).count()).toBe(0);
};

const serves = (page: Page, name: string): Promise<void> =>
  card(page, name).getByText("serving", { exact: true }).waitFor();

describe("a plan", () => {
  it("says why a server that its shard needs is not dropped, and what else could be done", () =>
    visit("/console", async (page) => {
      const [replica] = (await readTablets()).filter(({ role }) => role === "replica");
      const name = replica?.tablet ?? "";
      const dialog = await choose(page, name, "Drop");
      await dialog.getByText("It cannot run now:").waitFor();
      await confirm(dialog, name);
      expect(await runs(dialog).isDisabled()).toBe(true);
      // With a replacement it could; nothing is run.
      await dialog.getByLabel("Let another server join first").check();
      await dialog.getByText("let another join").waitFor();
      expect(await runs(dialog).isEnabled()).toBe(true);
      await page.keyboard.press("Escape");
      expect(await page.getByRole("dialog").count()).toBe(0);
    }));

  it.each([
    ["evacuate", "Beijing", "Evacuate", "move the primaries"],
    ["fail-over-data-center", "Beijing", "Fail over", "still serve: evacuate it instead"],
    ["migrate", "tagenal/-80", "Migrate", "New home"],
    ["back-up", "tagenal/-80", "Back up", "stops serving"],
  ])("of %s runs nothing by itself", (kind, about, action, says) =>
    visit("/console", async (page) => {
      const path = `/v1/operations?kind=${kind}`;
      const before = await getJson(path);
      const dialog = await choose(page, about, action);
      await dialog.getByText(says).first().waitFor();
      await dialog.getByRole("heading", { name: "Plan" }).waitFor();
      await page.keyboard.press("Escape");
      expect(await getJson(path)).toEqual(before);
    }),
  );

  it("is run only once the name was typed", () =>
    visit("/console", async (page) => {
      const dialog = await choose(page, "Hong Kong", "Evacuate");
      await dialog.getByText("move the primaries").waitFor();
      expect(await runs(dialog).isDisabled()).toBe(true);
      await confirm(dialog, "hongkng");
      expect(await runs(dialog).isDisabled()).toBe(true);
      await confirm(dialog, "hongkong");
      expect(await runs(dialog).isEnabled()).toBe(true);
    }));

  it("of a data center that serves does not let it be failed over, whatever is typed", () =>
    visit("/console", async (page) => {
      const dialog = await choose(page, "Beijing", "Fail over");
      await dialog.getByText("still serve: evacuate it instead").waitFor();
      await confirm(dialog, "beijing");
      expect(await runs(dialog).isDisabled()).toBe(true);
    }));

  it.each([
    ["region:Hong Kong", "Hong Kong", "tagenal/80-"],
    ["category:technology", "technology", "tagenal/80-"],
  ])("of moving %s tells the shard that is cut first", (subject, name, shard) =>
    visit("/console", async (page) => {
      const dialog = await choose(page, "Beijing", "Move a region or category here");
      await dialog.getByLabel("What moves").selectOption(subject);
      await dialog.getByText(shard).first().waitFor();
      await confirm(dialog, name);
      expect(await runs(dialog).isEnabled()).toBe(true);
    }),
  );
});

describe("a server", () => {
  it(
    "joins, is promoted, and is dropped again, all seen live",
    () =>
      visit("/console", async (page) => {
        const before = await namesOf();
        const joining = await choose(page, "Beijing", "Join a server");
        await joining.getByLabel("Shard").selectOption("tagenal/-80");
        await run(joining);
        await joining.locator(".phase-now").waitFor({ timeout: LONG_MS });
        expect(await findViolations(page, "dialog")).toEqual([]);
        await ended(joining);
        const name = await findNew(before);
        await serves(page, name);
        await run(await choose(page, name, "Promote"));
        await ended(page.getByRole("dialog"));
        await page.locator(".tablet-primary", { hasText: name }).waitFor();
        const dropping = await choose(page, name, "Drop");
        await dropping.getByText("hands over").first().waitFor();
        await page.keyboard.press("Escape");
        await drop(page, name);
        await page.getByRole("link", { name: "Operations" }).click();
        const row = page.locator("tbody tr", { hasText: name }).first();
        await row.getByText("succeeded").waitFor();
        await page.getByRole("link", { name: "History" }).click();
        await page.locator("tbody tr", { hasText: name }).first().waitFor();
      }),
    4 * LONG_MS,
  );

  it(
    "begins with a backup that was made of its shard",
    () =>
      visit("/console", async (page) => {
        const before = await namesOf();
        const backing = await choose(page, "global/0", "Back up");
        await backing.getByText("stops serving").first().waitFor();
        await run(backing);
        await ended(backing);
        const restoring = await choose(page, "global/0", "Restore");
        await restoring.getByText("Backup", { exact: true }).waitFor();
        await restoring.getByText("fetch the backup").waitFor();
        await run(restoring);
        await ended(restoring);
        const name = await findNew(before);
        await serves(page, name);
        await drop(page, name);
      }),
    4 * LONG_MS,
  );

  it(
    "that is healed copies its data anew, and serves again",
    () =>
      visit("/console", async (page) => {
        const replica = (await readTablets()).find(
          ({ shard, role }) => shard === "global/0" && role === "replica",
        );
        const name = replica?.tablet ?? "";
        const dialog = await choose(page, name, "Heal");
        await dialog.getByText("remove its data").waitFor();
        await run(dialog);
        await ended(dialog);
        await serves(page, name);
      }),
    2 * LONG_MS,
  );
});

describe("a shard", () => {
  it(
    "migrates to the other data center",
    () =>
      visit("/console", async (page) => {
        const shard = "global/0";
        const homeOf = async (): Promise<string | undefined> =>
          (await readTablets()).find((one) => one.shard === shard && one.role === "primary")
            ?.dataCenter;
        const [from, to] =
          (await homeOf()) === "hongkong" ? ["hongkong", "beijing"] : ["beijing", "hongkong"];
        const dialog = await choose(page, shard, "Migrate");
        expect(await dialog.getByLabel("New home").inputValue()).toBe(to);
        await dialog.getByRole("heading", { name: "Plan" }).waitFor();
        await run(dialog, shard);
        await ended(dialog);
        expect(await homeOf()).toBe(to);
        expect(from).not.toBe(to);
      }),
    2 * LONG_MS,
  );

  it(
    "splits, and is one again when that is undone",
    () =>
      visit("/console", async (page) => {
        const half = page.locator(".shard-name", { hasText: "tagenal/80-c0" });
        const dialog = await choose(page, "tagenal/80-", "Split");
        await dialog.getByText("compare every row").waitFor();
        await run(dialog);
        await dialog.locator(".phase-now", { hasText: "keep" }).waitFor({ timeout: 2 * LONG_MS });
        await half.waitFor();
        await dialog.getByRole("button", { name: "Undo", exact: true }).click();
        expect(await findViolations(page, "dialog:last-of-type")).toEqual([]);
        await page.getByRole("button", { name: "Undo it" }).click();
        await dialog.locator(".badge", { hasText: "undone" }).waitFor({ timeout: 2 * LONG_MS });
        await dialog.getByRole("button", { name: "Close" }).click();
        await expect.poll(() => half.count()).toBe(0);
      }),
    5 * LONG_MS,
  );
});

describe("a data center", () => {
  it(
    "that is evacuated is as before where that is cancelled while servers come",
    () =>
      visit("/console", async (page) => {
        const before = await namesOf();
        const dialog = await choose(page, "Hong Kong", "Evacuate");
        await run(dialog, "hongkong");
        const cards = page.locator(".tablet");
        await expect.poll(() => cards.count(), { timeout: LONG_MS }).toBeGreaterThan(before.length);
        await dialog.getByRole("button", { name: "Cancel", exact: true }).click();
        await page.getByRole("button", { name: "Cancel it" }).click();
        await ended(dialog, "cancelled");
        await expect.poll(namesOf, { timeout: LONG_MS }).toEqual(before);
        await expect.poll(() => cards.count()).toBe(before.length);
      }),
    3 * LONG_MS,
  );
});

const USERS = 40_000;
const FIRST_UID = 1_000_000;

/** Users like those that are there, as a file that somebody drags onto the page. */
const dragUsers = async (page: Page): Promise<void> => {
  const of = async (region: string): Promise<object[]> =>
    (await getJson<{ items: object[] }>(`/v1/users?region=${region}&limit=50`)).items;
  const items = [...(await of("Beijing")), ...(await of("Hong%20Kong"))];
  const transfer = await page.evaluateHandle(`(() => {
    const known = ${JSON.stringify(items)};
    const lines = Array.from({ length: ${USERS} }, (_, index) => {
      const uid = ${FIRST_UID} + index;
      const user = { ...known[index % known.length], uid, id: "u" + uid, name: "user" + uid };
      const texts = Object.entries(user).map(([name, value]) => [name, String(value)]);
      return JSON.stringify(Object.fromEntries(texts));
    });
    const transfer = new DataTransfer();
    transfer.items.add(new File([lines.join("\\n")], "user.dat"));
    return transfer;
  })()`);
  const target = page.locator(".drop");
  await target.dispatchEvent("dragover", { dataTransfer: transfer });
  await page.locator(".drop-over").waitFor();
  await target.dispatchEvent("drop", { dataTransfer: transfer });
};

describe("a load", () => {
  it(
    "of a file that is dropped on the page is paused, resumed, and ends with all its rows",
    () =>
      visit("/console/load", async (page) => {
        await dragUsers(page);
        await page.getByText("as user.dat").waitFor();
        await page.getByRole("button", { name: /^Load / }).click();
        const pause = page.getByRole("button", { name: "Pause" });
        await pause.waitFor({ timeout: LONG_MS });
        const id = await page.locator(".load", { has: pause }).getAttribute("data-operation");
        const load = page.locator(`[data-operation="${id}"]`);
        await pause.click();
        await load.locator(".badge", { hasText: "paused" }).waitFor({ timeout: LONG_MS });
        await load.getByRole("button", { name: "Resume" }).click();
        await load.locator(".badge", { hasText: "succeeded" }).waitFor({ timeout: LONG_MS });
        for (const shard of ["-80", "80-"])
          await load.getByRole("row", { name: new RegExp(`^users ${shard}`) }).waitFor();
        const last = FIRST_UID + USERS - 1;
        expect(await getJson(`/v1/users/${last}`)).toMatchObject({ uid: last });
      }),
    3 * LONG_MS,
  );
});
