/** Ending a load with what it has loaded kept or removed, and correcting what one has rejected. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { createVtgate, type Vtgate } from "#shared/vtgate.ts";
import { article, read, toLines, user } from "../plan-load/input.ts";
import { runCli } from "./cli.ts";
import { findFunction } from "./functions.ts";
import { createLoadClient } from "./load-client.ts";

const cluster = inject("cluster");
const client = createLoadClient(cluster);
const OWNERS = 40;
let lastKey = 7_000_000_000;
let vtgate: Vtgate;
let dir: string;

beforeAll(async () => {
  vtgate = createVtgate(cluster.vtgateUrl, { connections: 4 });
  dir = await mkdtemp(join(tmpdir(), "tagenal-control-"));
});

afterAll(async () => {
  await vtgate.close();
  await rm(dir, { recursive: true });
});

const tagenal = (...args: string[]) => runCli(cluster, { args, cwd: dir });

const takeKey = (): number => {
  lastKey += 1_000;
  return lastKey;
};

const makeFiles = (first: number, reads: number) => {
  const keys = Array.from({ length: OWNERS }, (_, index) => first + index);
  const toRead = (index: number) =>
    read(0, first + (index % OWNERS), first + ((index * 7) % OWNERS), { id: `k${first}-${index}` });
  return {
    "user.dat": toLines(...keys.map((key) => user(key))),
    "article.dat": toLines(...keys.map((key) => article(key))),
    "read.dat": toLines(...Array.from({ length: reads }, (_, index) => toRead(index))),
  };
};

const countOf = async (table: string, key: "uid" | "aid", first: number): Promise<number> => {
  const [row] = await vtgate.tagenal.query<{ count: number }>(
    `select count(*) as count from \`${table}\` where ${key} between ? and ?`,
    [first, first + OWNERS - 1],
  );
  return row?.count ?? 0;
};

const untilLoading = async (id: string): Promise<void> => {
  // With some rows in the tables already, so that there is something to be removed.
  await client.until(id, ({ progress, state }) => {
    const { done = 0 } = (progress as { rows?: { done?: number } }).rows ?? {};
    return (progress.phase === "loading" && done > 0) || state === "failed";
  });
};

/** The streams have the rows of every load. */
const untilReleased = () =>
  expect
    .poll(() => vtgate.global.query("select 1 from stream_hold"), { timeout: 60_000 })
    .toEqual([]);

describe("a load that is cancelled", () => {
  it("is removed if asked so: its rows, their entries, and what is derived of them", async () => {
    const first = takeKey();
    const files = makeFiles(first, 40_000);
    // One user was there before, and stays.
    expect((await client.load({ "user.dat": toLines(user(first)) })).state).toBe("succeeded");
    const id = await client.begin(files);
    await untilLoading(id);
    const path = `/v1/operations/${id}/cancel`;
    const asked = await client.call("POST", path, { loaded: "remove" });
    expect(asked).toMatchObject({ status: 202, body: { progress: { phase: "removing" } } });
    expect((await client.call("POST", path, { loaded: "remove" })).status).toBe(202);
    const { state, result } = await client.untilEnd(id);
    expect(state).toBe("cancelled");
    expect((result as unknown as { removed: number }).removed).toBeGreaterThan(0);
    expect((await client.call("POST", path, { loaded: "remove" })).status).toBe(409);
    expect(await countOf("user", "uid", first)).toBe(1);
    expect(await countOf("user_directory", "uid", first)).toBe(1);
    expect(await countOf("article", "aid", first)).toBe(0);
    expect(await countOf("article_directory", "aid", first)).toBe(0);
    expect(await countOf("user_read", "uid", first)).toBe(0);
    await untilReleased();
    await expect.poll(() => countOf("article_read", "aid", first), { timeout: 60_000 }).toBe(0);
    const again = await client.load(files);
    expect(again).toMatchObject({
      state: "succeeded",
      result: { tables: { users: { known: 1 }, reads: { loaded: 40_000, known: 0 } } },
    });
  });

  it("is removed to the end though the function that does it dies", async () => {
    const first = takeKey();
    const id = await client.begin(makeFiles(first, 40_000));
    await untilLoading(id);
    const before = await findFunction(cluster, "remove-load");
    const path = `/v1/operations/${id}/cancel`;
    expect((await client.call("POST", path, { loaded: "remove" })).status).toBe(202);
    // It is started when it is first asked for.
    const findPid = () => findFunction(cluster, "remove-load");
    const pid = before ?? (await vi.waitUntil(findPid, { timeout: 30_000, interval: 20 }));
    process.kill(pid, "SIGKILL");
    expect((await client.untilEnd(id)).state).toBe("cancelled");
    expect(await countOf("user_read", "uid", first)).toBe(0);
    expect(await countOf("user", "uid", first)).toBe(0);
    expect(await countOf("user_directory", "uid", first)).toBe(0);
    await untilReleased();
  });

  it("is removed from a pause as well, and kept if it may have changed rows", async () => {
    const first = takeKey();
    const id = await client.begin(makeFiles(first, 30_000));
    await untilLoading(id);
    expect((await client.call("POST", `/v1/operations/${id}/pause`)).status).toBe(202);
    expect((await tagenal("ops", "cancel", id, "--loaded", "remove")).output).toMatch(/removing/);
    expect((await client.untilEnd(id)).state).toBe("cancelled");
    expect(await countOf("user_read", "uid", first)).toBe(0);
    const other = takeKey();
    const update = await client.begin(makeFiles(other, 20_000), { onConflict: "update" });
    const path = `/v1/operations/${update}/cancel`;
    expect((await client.call("POST", path, { loaded: "remove" })).status).toBe(409);
    expect((await client.call("POST", path, { loaded: "burn" })).status).toBe(400);
    const { code, output } = await tagenal("ops", "cancel", update);
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringMatching(/cancelled/) });
    expect((await tagenal("ops")).output).toContain(update);
  });
});

describe("tagenal load --rejects", () => {
  it("loads the corrected rows once, however often it is asked to", async () => {
    const first = takeKey();
    const folder = await mkdtemp(join(dir, "set-"));
    const { id: _, ...without } = read(0, first, first);
    await writeFile(
      join(folder, "user.dat"),
      toLines(user(first), user(first + 1, { region: "Mars" })),
    );
    await writeFile(join(folder, "article.dat"), toLines(article(first)));
    await writeFile(
      join(folder, "read.dat"),
      toLines(without, { ...without, agreeOrNot: "maybe" }, { ...without, uid: String(first + 1) }),
    );
    expect((await tagenal("load", folder, "--max-errors", "9")).code).toBe(0);
    expect(await countOf("user_read", "uid", first)).toBe(1);
    const file = join(folder, "rejects.jsonl");
    const rejects = await readFile(file, "utf8");
    expect(rejects.trimEnd().split("\n")).toHaveLength(3);
    const again = await tagenal("load", "--rejects", file);
    expect(again.code).toBe(1);
    expect(again.output).toMatch(/unknown region "Mars"/);
    await writeFile(file, rejects.replaceAll("Mars", "Beijing").replaceAll("maybe", "1"));
    for (let turn = 0; turn < 2; turn += 1) {
      const { code, output } = await tagenal("load", "--rejects", file);
      expect({ code, output }).toMatchObject({ code: 0 });
      expect(output).toMatch(turn === 0 ? /3 corrected rows/ : /Nothing new: all 3 rows/);
      expect(await countOf("user", "uid", first)).toBe(2);
      expect(await countOf("user_read", "uid", first)).toBe(3);
    }
  });
});

describe("tagenal load", () => {
  it("says where the rows of a dry run would go, and that a second load has nothing to do", async () => {
    const first = takeKey();
    const folder = await mkdtemp(join(dir, "set-"));
    for (const [name, text] of Object.entries(makeFiles(first, 100)))
      await writeFile(join(folder, name), text);
    const dry = await tagenal("load", folder, "--dry-run");
    expect({ code: dry.code, output: dry.output }).toMatchObject({ code: 0 });
    expect(dry.output).toMatch(/users +40 rows: -80 \d+, 80- \d+/);
    expect(dry.output).toMatch(/nothing was loaded. 180 of 180 rows would be/);
    expect(await countOf("user", "uid", first)).toBe(0);
    expect((await tagenal("load", folder, "--verify", "off")).output).toMatch(/not verified/);
    expect((await tagenal("load", folder)).output).toMatch(/Nothing new: all 180 rows/);
  });
});
