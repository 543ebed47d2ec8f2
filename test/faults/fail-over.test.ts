/**
 * A data center is lost, with the primaries of a shard and of the operations themselves; the other
 * one takes over when it is told to. When the lost servers come back, none of them takes writes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { SHARD } from "../integration/tablet-client.ts";
import { useSampleCluster } from "./sample-cluster.ts";

const LOST = "beijing";
const SHARDS = ["global/0", "tagenal/-80", "tagenal/80-"];

describe("a data center that is lost", () => {
  let lost: readonly string[] = [];
  const suite = useSampleCluster(async ({ client }) => {
    lost = (await client.listManaged())
      .filter(({ dataCenter }) => dataCenter === LOST)
      .map(({ name }) => name);
  });

  const plan = () =>
    suite().client.ask<{ canRun: boolean; reasons: string[] }>("/v1/operations?dryRun=true", {
      ...{ kind: "fail-over-data-center", dataCenter: LOST },
    });

  it("is not failed over while it serves", async () => {
    const { body } = await plan();
    expect(body.canRun).toBe(false);
    expect(body.reasons.join()).toMatch(/still serve: evacuate it instead/);
  });

  it("is taken over by the other one, with every write that was acknowledged before", async () => {
    const { client, vtgate, underTraffic } = suite();
    const before = await underTraffic(() => sleep(3_000));
    expect(before).toMatchObject({ missing: 0, areRowsSame: true });
    const sum = () => vtgate.tagenal.query("select count(*) as n, sum(uid) as s from user_read");
    const reads = await sum();
    // Both of a shard's servers there are gone at once: nobody elects a primary by himself.
    await Promise.all(lost.map((name) => client.fence(name)));
    await expect.poll(async () => (await plan()).body.reasons, { timeout: 30_000 }).toEqual([]);
    const { result } = await client.run({ kind: "fail-over-data-center", dataCenter: LOST });
    const promoted = result?.["promoted"] as { shard: string; lastWriteAt: string }[];
    expect(promoted.map(({ shard }) => shard).sort()).toEqual(["global/0", "tagenal/-80"]);
    for (const { lastWriteAt } of promoted) expect(lastWriteAt).toMatch(/^\d{4}-\d\d-\d\d \d\d:/);
    expect(await sum()).toEqual(reads);
  });

  it("is replaced: each shard has three servers elsewhere, and takes writes", async () => {
    const { client, underTraffic } = suite();
    for (const shard of SHARDS) {
      const tablets = (await client.listTablets(shard)).filter(({ state }) => state === "serving");
      expect(tablets.map(({ role }) => role)).toEqual(["primary", "replica", "replica"]);
      expect(tablets.every(({ dataCenter }) => dataCenter !== LOST)).toBe(true);
    }
    const { traffic, ...found } = await underTraffic(() => sleep(3_000));
    expect(traffic.errors).toEqual([]);
    expect(traffic.writes).toBeGreaterThan(20);
    expect(found).toMatchObject({ missing: 0, areRowsSame: true, isDerivedRight: true });
  });

  it("has no primary that takes writes when it comes back, and is made anew", async () => {
    const { client } = suite();
    await client.release("beijing-101");
    const isBack = async () =>
      (await client.listTablets()).some(
        ({ tablet, role }) => tablet === "beijing-101" && role !== "none",
      );
    const isWritable = async (): Promise<number> => {
      const connection = await client.openMysql("beijing-101");
      const [rows] = await connection.query("select @@global.super_read_only as closed");
      await connection.end();
      return 1 - Number((rows as { closed: number }[])[0]?.closed);
    };
    const seen = new Set<number>();
    for (const until = Date.now() + 60_000; Date.now() < until && !(await isBack()); ) {
      seen.add(await isWritable().catch(() => 0));
      await sleep(200);
    }
    expect(await isBack()).toBe(true);
    seen.add(await isWritable().catch(() => 0));
    expect([...seen]).toEqual([0]);
    expect(await client.findPrimary()).toMatch(/^hongkong-/);
    await expect
      .poll(
        async () =>
          (await client.listTablets()).find(({ tablet }) => tablet === "beijing-101")?.state,
        { timeout: 120_000, interval: 1_000 },
      )
      .toBe("serving");
    expect((await client.listTablets(SHARD)).filter(({ role }) => role === "primary")).toHaveLength(
      1,
    );
  });
});
