import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { signReader } from "#shared/reader-token.ts";
import { openBrowser, openPage } from "./browser.ts";
import { findViolations, settle } from "./look.ts";

const { url, token } = inject("site");
let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const fresh = { headers: { "cache-control": "no-cache" } };
const getJson = async <T>(path: string): Promise<T> =>
  (await fetch(url + path, fresh)).json() as Promise<T>;

interface Read {
  readonly readOrNot: number;
  readonly agreeOrNot: number;
  readonly commentOrNot: number;
  readonly shareOrNot: number;
  readonly commentDetail: string;
  readonly readTimeLength: number;
}

/** What a user has written about an article since. */
const readsSince = async (uid: number, aid: number, since: number): Promise<readonly Read[]> =>
  (
    await getJson<{ items: Read[] }>(
      `/v1/users/${uid}/reads?aid=${aid}&timestamp[gte]=${since}&sort=timestamp`,
    )
  ).items;

interface Counts {
  readonly readNum: number;
  readonly agreeNum: number;
  readonly commentNum: number;
  readonly shareNum: number;
}

const countsOf = async (aid: number): Promise<Counts> =>
  (await getJson<{ beRead: Counts }>(`/v1/articles/${aid}`)).beRead;

const signIn = async (page: Page, uid: number, given = token): Promise<void> => {
  await page.getByRole("button", { name: "Sign in", exact: true }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("uid of the user").fill(String(uid));
  await dialog.getByLabel("Token").fill(given);
  await page.keyboard.press("Enter");
};

const signInAs = async (page: Page, uid: number): Promise<void> => {
  await signIn(page, uid);
  await page.getByRole("button", { name: "Sign out" }).waitFor();
};

/** The number on a button such as Agree. */
const shownOn = async (page: Page, name: RegExp): Promise<number> =>
  Number(await page.getByRole("button", { name }).locator(".deed-count").textContent());

/** Another user of the sample each time, so that a cluster can be tested again. */
const pickUid = (): number => 1 + Math.floor(Math.random() * 10_000);

describe("signing in", () => {
  it("refuses another token, a user that is not there, and a token that may not write", async () => {
    const { page } = await openPage(browser);
    await page.goto("/articles/20");
    await signIn(page, 7, "guessed");
    await page.getByText("That is not the token.").waitFor();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Token").fill(token);
    await dialog.getByLabel("uid of the user").fill("99999999");
    await page.keyboard.press("Enter");
    await page.getByText("There is no user with this uid.").waitFor();
    const problem = { status: 403, json: { detail: "the token's scope does not have write" } };
    await page.route("**/v1/reads", (route) => route.fulfill(problem));
    await page.keyboard.press("Enter");
    await page.getByText("This token may not write").waitFor();
    expect(await findViolations(page)).toEqual([]);
    expect(await page.evaluate("sessionStorage.length")).toBe(0);
    await page.context().close();
  });

  it("takes a reader's token for her alone, and not for the console", async () => {
    const { page } = await openPage(browser);
    const own = await signReader(token, 7, 1);
    await page.goto("/articles/24");
    await signIn(page, 8, own);
    await page.getByText("This token is for user 7 alone.").waitFor();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("uid of the user").fill("7");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    const since = Date.now();
    await page.getByRole("button", { name: /^Agree \d/ }).click();
    await expect.poll(() => readsSince(7, 24, since)).toHaveLength(1);
    await page.getByRole("link", { name: "Console" }).click();
    await page.locator(".tablet").first().waitFor();
    expect(await page.locator(".menu").count()).toBe(0);
    await page.getByLabel("Token").fill(own);
    await page.keyboard.press("Enter");
    await page.getByText("the token's scope does not have operate").waitFor();
    await page.context().close();
  });

  it("lasts for the tab alone, and ends with the token when one signs out", async () => {
    const { page } = await openPage(browser);
    await page.goto("/articles/20");
    await signInAs(page, 7);
    await page.reload();
    await page.getByRole("link", { name: "user7", exact: true }).waitFor();
    const other = await page.context().newPage();
    await other.goto("/");
    await other.getByRole("button", { name: "Sign in" }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
    expect(await page.evaluate("sessionStorage.length")).toBe(0);
    await page.context().close();
  });
});

describe("a reader", () => {
  it("agrees, comments and shares: shown at once, kept once, and counted", async () => {
    const { page } = await openPage(browser, { width: 1440 });
    const [uid, aid, since] = [pickUid(), 21, Date.now()];
    const first = `Well said, says ${uid}.`;
    const comment = `${first}\nTwice.`;
    const before = await countsOf(aid);
    await page.goto(`/articles/${aid}`);
    await settle(page);
    // Whoever is not signed in is asked to.
    await page.getByRole("button", { name: /^Agree/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    await signInAs(page, uid);
    await page.getByRole("button", { name: /^Agree \d/ }).click();
    // Before anything can have been answered.
    expect(await shownOn(page, /^Agreed/)).toBe(before.agreeNum + 1);
    await page.getByLabel(`Comment as user${uid}`).fill(comment);
    await page.getByRole("button", { name: "Comment", exact: true }).click();
    await page.locator(".comment-text", { hasText: first }).waitFor();
    await page.getByRole("button", { name: /^Share \d/ }).click();
    await page.getByText(/^The link/).waitFor();
    const isCounted = async (): Promise<Counts> => countsOf(aid);
    await expect.poll(isCounted).toEqual({
      readNum: before.readNum + 1,
      agreeNum: before.agreeNum + 1,
      commentNum: before.commentNum + 1,
      shareNum: before.shareNum + 1,
    });
    const reads = await readsSince(uid, aid, since);
    const flags = reads.map(({ readOrNot, agreeOrNot, commentOrNot, shareOrNot }) => [
      ...[readOrNot, agreeOrNot, commentOrNot, shareOrNot],
    ]);
    expect(flags).toEqual([
      [1, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ]);
    expect(reads[1]?.commentDetail).toBe(comment);
    // A comment that was on its way is now one of the list, once.
    await expect.poll(() => page.locator(".comment-pending").count()).toBe(0);
    expect(await page.locator(".comment-text", { hasText: first }).count()).toBe(1);
    expect(await findViolations(page)).toEqual([]);
    // It is still known after a reload, and nothing is counted twice.
    await page.reload();
    await page.getByRole("button", { name: /^Agreed/ }).waitFor();
    expect(await shownOn(page, /^Agreed/)).toBe(before.agreeNum + 1);
    await page.getByRole("button", { name: /^Agreed/ }).click();
    await page.getByText("You have agreed already.").waitFor();
    await page.goto(`/users/${uid}`);
    await page.locator(".read-comment", { hasText: first }).waitFor();
    await page.context().close();
  });

  it("has read an article that was looked at for a while, when leaving it", async () => {
    const { page } = await openPage(browser);
    const [uid, aid, since] = [pickUid(), 22, Date.now()];
    await page.goto(`/articles/${aid}`);
    await signInAs(page, uid);
    await page.waitForTimeout(6_000);
    await page.getByRole("link", { name: "Top five" }).click();
    await expect.poll(() => readsSince(uid, aid, since)).toHaveLength(1);
    const [read] = await readsSince(uid, aid, since);
    expect(read).toMatchObject({ readOrNot: 1, agreeOrNot: 0, commentOrNot: 0, shareOrNot: 0 });
    expect(read?.readTimeLength).toBeGreaterThanOrEqual(5);
    // A glance is none.
    await page.goto(`/articles/${aid}`);
    await settle(page);
    await page.getByRole("link", { name: "Top five" }).click();
    await page.locator(".rank > li").first().waitFor();
    expect(await readsSince(uid, aid, since)).toHaveLength(1);
    await page.context().close();
  });

  it("sees what could not be kept, and sends it again: it is done once", async () => {
    const { page } = await openPage(browser);
    const [uid, aid, since] = [pickUid(), 23, Date.now()];
    await page.goto(`/articles/${aid}`);
    await signInAs(page, uid);
    await settle(page);
    const keys = new Set<string>();
    // It is written, and the answer is lost.
    await page.route("**/v1/reads", async (route) => {
      keys.add((await route.request().headerValue("idempotency-key")) ?? "");
      await route.fetch();
      await route.abort();
    });
    await page.getByRole("button", { name: /^Agree/ }).click();
    await page.getByText(/^Not kept: that you agree with/).waitFor();
    expect(keys.size).toBe(1);
    // It is shown wherever the reader goes meanwhile.
    await page.getByRole("link", { name: "Users", exact: true }).click();
    await page.getByText(/^Not kept: that you agree with/).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.unroute("**/v1/reads");
    await page.getByRole("button", { name: "Try again" }).click();
    await expect.poll(() => page.getByText(/^Not kept/).count()).toBe(0);
    expect(await readsSince(uid, aid, since)).toHaveLength(1);
    await page.context().close();
  });
});
