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

const SHARD = "-80";
const row = "INSERT INTO user_directory (slot, uid, home) VALUES (0, 0, ?)";

describe("a shard", () => {
  it("loses no acknowledged write when its primary's pod is killed, and is whole again", async () => {
    const before = (await findPrimary(SHARD)) ?? "none";
    const uid = String(Number(before.split("-")[1])).padStart(10, "0");
    const kill = ["delete", "pod", "-n", "tagenal-vitess", "--grace-period=0", "--force", "-l"];
    let [asked, acknowledged, failed, longestPauseMs] = [0, 0, 0, 0];
    let lastAt = performance.now();
    const write = async (): Promise<void> => {
      asked += 1;
      await tagenal.write(`${row} ON DUPLICATE KEY UPDATE home = ?`, [asked, asked]);
      acknowledged = asked;
      longestPauseMs = Math.max(longestPauseMs, Math.round(performance.now() - lastAt));
      lastAt = performance.now();
    };
    await write();
    const startedAt = performance.now();
    await kubectl([...kill, `planetscale.com/tablet-uid=${uid}`]);
    while (performance.now() - startedAt < 30_000) {
      await write().catch(() => {
        failed += 1;
      });
      await sleep(20);
    }
    const count = async () => (await readTablets(SHARD)).length;
    await expect.poll(count, { timeout: 180_000, interval: 1_000 }).toBe(3);
    const wholeAgainSeconds = Math.round((performance.now() - startedAt) / 1_000);
    const isReplaced = (await findPrimary(SHARD)) !== before;
    const [stored] = await tagenal.query(
      "SELECT home FROM user_directory WHERE slot = 0 AND uid = 0",
    );
    await tagenal.write("DELETE FROM user_directory WHERE slot = 0 AND uid = 0");
    await record("killedPrimary", { asked, failed, longestPauseMs, isReplaced, wholeAgainSeconds });
    expect(Number(stored?.["home"])).toBeGreaterThanOrEqual(acknowledged);
    expect(longestPauseMs).toBeLessThan(30_000);
  }, 360_000);
});
