import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { TabletRecord } from "#shared/vtctld.ts";
import { withoutSleep } from "#shared/without-sleep.ts";

const record = (alias: string, type: TabletRecord["type"], shard = "-80"): TabletRecord => ({
  ...{ alias, type, shard, keyspace: "tagenal" },
  ...{ cell: "beijing", uid: 1, primarySince: null, webAddress: "" },
});

/** A primary that sleeps until something comes from a replica, or for a second. */
const createShard = (others: readonly TabletRecord[] = [record("third", "REPLICA")]) => {
  const asked: string[] = [];
  let wake = (): void => undefined;
  let sleeping: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  const execute = async (alias: string, sql: string) => {
    if (alias !== "old") asked.push(`${alias}: ${sql}`);
    if (sql.startsWith("stop") && isClosed) wake();
    if (alias === "old") await sleeping;
    return [[isClosed ? "1" : "0"]];
  };
  /** It takes writes, and is only slow to answer. */
  const beSlow = async () => {
    sleeping = sleep(200);
    await sleep(300);
  };
  const handOver = async () => {
    await sleep(100);
    isClosed = true;
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    sleeping = Promise.race([woken, sleep(1_000)]);
    await sleeping;
  };
  const tablets = async () => [
    ...[record("old", "PRIMARY"), record("next", "REPLICA")],
    ...[record("drained", "DRAINED"), record("elsewhere", "REPLICA", "80-"), ...others],
  ];
  return { asked, handOver, beSlow, vtctld: { tablets, execute } };
};

const change = { keyspace: "tagenal", shard: "-80", from: "old", to: "next" };

describe("the second that MySQL sleeps when a primary hands over", () => {
  it("is cut short by another replica, which lets go of its connection once", async () => {
    const { asked, handOver, vtctld } = createShard();
    await withoutSleep(vtctld, change, handOver);
    expect(asked).toEqual(["third: stop replica io_thread"]);
  });

  it("is known from an answer that was only slow", async () => {
    const { asked, handOver, beSlow, vtctld } = createShard();
    await withoutSleep(vtctld, change, async () => {
      await beSlow();
      await handOver();
    });
    expect(asked).toEqual([
      "third: stop replica io_thread",
      "third: start replica io_thread",
      "third: stop replica io_thread",
    ]);
  });

  it("is slept where there is no other replica", async () => {
    const { asked, handOver, vtctld } = createShard([]);
    await withoutSleep(vtctld, change, handOver);
    expect(asked).toEqual([]);
  });

  it("keeps no replica from the next primary where it was told to let go too late", async () => {
    const { asked, handOver, vtctld } = createShard();
    const late = async () => {
      await handOver();
      await sleep(2_000);
    };
    await withoutSleep(vtctld, change, late);
    expect(asked).toEqual(["third: stop replica io_thread", "third: start replica io_thread"]);
  });

  it("costs nobody its connection where the primary stays", async () => {
    const { asked, handOver, vtctld } = createShard();
    const fail = async () => {
      await handOver();
      throw new Error("the replica did not catch up");
    };
    await expect(withoutSleep(vtctld, change, fail)).rejects.toThrow("did not catch up");
    expect(asked).toEqual(["third: stop replica io_thread", "third: start replica io_thread"]);
  });
});
