/**
 * Servers join, are promoted, dropped and healed while somebody reads through the API and somebody
 * writes through vtgate; neither sees an error. Ends with as many servers as it began with.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { tabletJoinRequested } from "#events/tablet-requests.ts";
import { createSend, toStoredEvent } from "#shared/emit.ts";
import { createVtgate } from "#shared/vtgate.ts";
import {
  createTabletClient,
  FIRST_UID,
  type Operation,
  SHARD,
  type Tablet,
} from "./tablet-client.ts";

const cluster = inject("cluster");
const { ask, begin, run, untilEnded, listTablets, findPrimary, openMysql, countOn, startTraffic } =
  createTabletClient(cluster);
const send = createSend(cluster.sink);

describe("the servers of a cluster", () => {
  let traffic: ReturnType<typeof startTraffic>;
  let before: Tablet[];
  let joined = "";
  beforeAll(async () => {
    before = await listTablets();
    traffic = startTraffic();
  });
  afterAll(async () => {
    await traffic.stop();
    const vtgate = createVtgate(cluster.vtgateUrl, { connections: 1 });
    await vtgate.tagenal.write("delete from user_directory where uid >= ?", [FIRST_UID]);
    await vtgate.close();
  });

  it("are listed with data center, shard, role and state", () => {
    expect(before.map(({ tablet, role }) => [tablet, role])).toEqual([
      [before[0]?.tablet, "primary"],
      [before[1]?.tablet, "replica"],
      [before[2]?.tablet, "replica"],
    ]);
    expect(before.every(({ state }) => state === "serving")).toBe(true);
  });

  it("answer a dry run with what it would do, and do nothing", async () => {
    const { status, body } = await ask<{ canRun: boolean; plan: { shard: string } }>(
      "/v1/operations?dryRun=true",
      { kind: "join-tablet", dataCenter: "hongkong", shard: "-80" },
    );
    expect([status, body.canRun, body.plan.shard]).toEqual([200, true, SHARD]);
    expect(await listTablets()).toHaveLength(3);
  });

  it.each([
    [{ kind: "join-tablet", dataCenter: "shanghai" }, "dataCenter"],
    [{ kind: "join-tablet", dataCenter: "beijing", shard: "tagenal/40-60" }, "shard"],
    [{ kind: "join-tablet", dataCenter: "beijing", shard: "first" }, "shard"],
    [{ kind: "drop-tablet", tablet: "beijing-999", confirm: "beijing-999" }, "tablet"],
    [{ kind: "drop-tablet", tablet: "beijing-101", confirm: "beijing-102" }, "confirm"],
    [{ kind: "promote-standby", shard: SHARD, to: "beijing-999" }, "to"],
    [{ kind: "heal-tablet", tablet: "nobody" }, "tablet"],
    [{ kind: "back-up", shard: "tagenal/40-60" }, "shard"],
    [{ kind: "restore", shard: "tagenal/40-60" }, "shard"],
    [{ kind: "split", shard: "tagenal/40-60" }, "shard"],
    [{ kind: "split", shard: SHARD, at: "c0" }, "at"],
    [{ kind: "migrate", shard: SHARD, to: "shanghai", confirm: SHARD }, "to"],
    [{ kind: "migrate", shard: SHARD, to: "hongkong", confirm: "tagenal/80-" }, "confirm"],
    [{ kind: "migrate", region: "Shanghai", to: "hongkong", confirm: "Shanghai" }, "region"],
    [{ kind: "evacuate", dataCenter: "hongkong", confirm: "hongkng" }, "confirm"],
    [{ kind: "evacuate", dataCenter: "shanghai", confirm: "shanghai" }, "dataCenter"],
    [{ kind: "fail-over-data-center", dataCenter: "shanghai" }, "dataCenter"],
    [{ kind: "drop-tablets" }, "kind"],
  ])("refuse %j and name the field", async (request, field) => {
    const { status, body } = await ask<{ field?: string }>("/v1/operations", request);
    expect([status, body.field]).toEqual([400, field]);
  });

  it("are not dropped where their shard could then lose no other", async () => {
    const name = before[1]?.tablet ?? "";
    const { status, body } = await ask<{ reasons: string[] }>("/v1/operations", {
      ...{ kind: "drop-tablet", tablet: name, confirm: name },
    });
    expect(status).toBe(409);
    expect(body.reasons.join()).toMatch(/would have 2 healthy tablets left/);
  });

  it("become more: one joins, with all rows, and serves, however often its event comes", async () => {
    const id = await begin({ kind: "join-tablet", dataCenter: "hongkong", shard: SHARD });
    const toEvent = (eventId: string) =>
      toStoredEvent("/test", tabletJoinRequested, {
        ...{ id: eventId, subject: id, data: { operationId: id } },
      });
    await Promise.all(["one", "one", "two"].map((name) => send(toEvent(name))));
    const { state, result } = await untilEnded(id);
    expect(state).toBe("succeeded");
    expect(await listTablets()).toHaveLength(before.length + 1);
    joined = String(result?.["tablet"]);
    const found = (await listTablets()).find(({ tablet }) => tablet === joined);
    expect(found).toMatchObject({ dataCenter: "hongkong", role: "replica", state: "serving" });
    const least = await countOn(await findPrimary());
    await expect.poll(() => countOn(joined), { timeout: 10_000 }).toBeGreaterThanOrEqual(least);
  });

  it("let only one operation at a time work on a shard", async () => {
    const asked = await ask<Operation>("/v1/operations", {
      ...{ kind: "promote-standby", shard: SHARD, to: joined },
    });
    expect(asked.status).toBe(202);
    const other = await ask<{ detail: string }>("/v1/operations", {
      ...{ kind: "join-tablet", dataCenter: "beijing", shard: SHARD },
    });
    expect([202, 409]).toContain(other.status);
    if (other.status === 409) expect(other.body.detail).toMatch(/promote-standby/);
    expect((await untilEnded(asked.body.id)).state).toBe("succeeded");
    expect(await findPrimary()).toBe(joined);
  });

  it("are dropped, a primary after handing over, with process, record and storage", async () => {
    await run({ kind: "drop-tablet", tablet: joined, confirm: joined });
    expect((await listTablets()).map(({ tablet }) => tablet)).not.toContain(joined);
    expect(await findPrimary()).not.toBe(joined);
    const { tablets } = JSON.parse(await readFile(join(cluster.home, "cluster.json"), "utf8")) as {
      tablets: { name: string }[];
    };
    expect(tablets.map(({ name }) => name)).not.toContain(joined);
  });

  it("are made anew by themselves when they have a transaction that nobody else has", async () => {
    const name = (await listTablets()).find(({ role }) => role === "replica")?.tablet ?? "";
    const connection = await openMysql(name);
    await connection.query("set global super_read_only = 0");
    await connection.query("insert into user_directory (slot, uid, home) values (1, ?, 1)", [
      FIRST_UID - 1,
    ]);
    await connection.query("set global super_read_only = 1");
    await connection.end();
    const findHealing = async () =>
      (await ask<{ items: Operation[] }>("/v1/operations?kind=heal-tablet")).body.items.find(
        ({ request }) => request["tablet"] === name,
      );
    await expect.poll(findHealing, { timeout: 30_000, interval: 500 }).toBeDefined();
    const healing = await findHealing();
    expect(healing?.askedBy).toMatch(/^watch-tablets/);
    expect((await untilEnded(healing?.id ?? "")).state).toBe("succeeded");
    const found = (await listTablets()).find(({ tablet }) => tablet === name);
    expect(found).toMatchObject({ role: "replica", state: "serving" });
    const again = await openMysql(name);
    const [rows] = await again.query("select 1 from user_directory where uid = ?", [FIRST_UID - 1]);
    await again.end();
    expect(rows).toEqual([]);
  });

  it("have answered every request meanwhile, and hold every row that was written", async () => {
    await traffic.stop();
    expect(traffic.seen.errors).toEqual([]);
    expect(traffic.seen.reads).toBeGreaterThan(100);
    for (const { tablet } of await listTablets())
      await expect.poll(() => countOn(tablet), { timeout: 20_000 }).toBe(traffic.seen.writes);
  });
});
