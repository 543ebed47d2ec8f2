/** Vitess under its operator loses a primary's pod, under writes. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, inject, it } from "vitest";
import { createVtgate } from "#shared/vtgate.ts";
import { injectKubernetes, useKubectl } from "./kubernetes.ts";
import { record } from "./measure.ts";

const kubectl = useKubectl(injectKubernetes());
const { tagenal, global, close } = createVtgate(inject("cluster").vtgateUrl, { connections: 2 });
afterAll(close);

interface Tablet {
  readonly Cell: string;
  readonly Shard: string;
  readonly TabletType: string;
  readonly State: string;
  readonly Alias: string;
}

const readTablets = async (shard: string): Promise<readonly Tablet[]> => {
  const all = await global.query<Tablet>("show vitess_tablets");
  return all.filter(({ Shard, State }) => Shard === shard && State === "SERVING");
};
const findPrimary = async (shard: string): Promise<string | undefined> =>
  (await readTablets(shard)).find(({ TabletType }) => TabletType === "PRIMARY")?.Alias;

describe("a shard", () => {
  it("replaces a primary whose pod is killed, and has three tablets again", async () => {
    const before = await findPrimary("-80");
    const uid = String(Number(before?.split("-")[1]));
    const kill = ["delete", "pod", "-n", "tagenal-vitess", "--grace-period=0", "--force", "-l"];
    let failed = 0;
    let longestPauseMs = 0;
    let lastAt = performance.now();
    let written = 0;
    const write = () => {
      written += 1;
      const row = "INSERT INTO user_directory (slot, uid, home) VALUES (0, 0, ?)";
      return tagenal.write(`${row} ON DUPLICATE KEY UPDATE home = ?`, [written, written]);
    };
    const startedAt = performance.now();
    await write();
    await kubectl([...kill, `planetscale.com/tablet-uid=${uid.padStart(10, "0")}`]);
    const isReplaced = async () => (await findPrimary("-80")) !== before;
    for (let over = false; !over; ) {
      try {
        await write();
        const now = performance.now();
        longestPauseMs = Math.max(longestPauseMs, Math.round(now - lastAt));
        lastAt = now;
        over = performance.now() - startedAt > 5_000 && (await isReplaced());
      } catch {
        failed += 1;
      }
      if (performance.now() - startedAt > 120_000) break;
      await sleep(20);
    }
    expect(await isReplaced()).toBe(true);
    await tagenal.write("DELETE FROM user_directory WHERE slot = 0 AND uid = 0");
    const count = async () => (await readTablets("-80")).length;
    await expect.poll(count, { timeout: 180_000, interval: 1_000 }).toBe(3);
    const wholeAgainSeconds = Math.round((performance.now() - startedAt) / 1_000);
    await record("killedPrimary", { failed, longestPauseMs, wholeAgainSeconds });
    expect(longestPauseMs).toBeLessThan(60_000);
  }, 360_000);
});
