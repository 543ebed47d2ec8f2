/**
 * Kills in the middle of large loads, while others write reads of their own: each load ends by
 * itself, every row of it is there once, and what is derived is what the reads make, theirs too.
 *
 * LOAD_RUNS says how often each is killed, LOAD_READS how large the loads are, LOAD_SEED when it comes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { Random } from "#infra/sample/random.ts";
import { findFunction } from "../integration/functions.ts";
import { createLoadClient } from "../integration/load-client.ts";
import { article, read, toLines, user } from "../plan-load/input.ts";
import { useSampleCluster } from "./sample-cluster.ts";
import { aRedisPrimary, type Found, ofPrimary, unit } from "./victims.ts";

const RUNS = Number(process.env["LOAD_RUNS"] ?? 2);
const READS = Number(process.env["LOAD_READS"] ?? 60_000);
const OWNERS = 200;
const KILL_WITHIN_MS = 6_000;
const random = new Random(Number(process.env["LOAD_SEED"] ?? 1), "choices", 0);

const ofFunction =
  (name: string): Found =>
  async (_client, cluster) => {
    // It is started when it is first asked for.
    const find = () => findFunction(cluster, name);
    return [await vi.waitUntil(find, { timeout: 60_000, interval: 50 })];
  };

const victims: Readonly<Record<string, Found>> = {
  "plan-load": ofFunction("plan-load"),
  "load-chunk": ofFunction("load-chunk"),
  "finish-load": ofFunction("finish-load"),
  "sweep-operations": ofFunction("sweep-operations"),
  "the entry with all functions": unit("entry"),
  "the broker": unit("broker"),
  vtgate: unit("vtgate-beijing"),
  vtctld: unit("vtctld"),
  "a Redis primary": aRedisPrimary,
  "the primary's MySQL": ofPrimary("/mysql"),
  "the primary's vttablet": ofPrimary(""),
  "the primary's server": ofPrimary("", "/mysql"),
};

const runs = Array.from({ length: RUNS }, (_, run) =>
  Object.entries(victims).map(([victim, find]) => ({ victim, find, run: run + 1 })),
)
  .flat()
  .map((one, index) => ({ ...one, first: 5_000_000_000 + index * 1_000 }));

const toFiles = (first: number) => {
  const keys = Array.from({ length: OWNERS }, (_, index) => first + index);
  const toRead = (index: number) =>
    read(0, first + (index % OWNERS), first + ((index * 7) % OWNERS), {
      id: `f${first}-${index}`,
      agreeOrNot: index % 5 === 0 ? "1" : "0",
    });
  return {
    "user.dat": toLines(...keys.map((key) => user(key))),
    "article.dat": toLines(...keys.map((key) => article(key))),
    "read.dat": Array.from({ length: READS }, (_, index) => toLines(toRead(index))).join(""),
  };
};

describe("a large load in whose midst something is killed", () => {
  const suite = useSampleCluster();

  it.each(runs)("ends whole: $victim, $run", async ({ find, first }) => {
    const { client, cluster, vtgate, underTraffic } = suite();
    const loads = createLoadClient(cluster);
    const { result, missing, isDerivedRight } = await underTraffic(async () => {
      const id = await loads.begin(toFiles(first));
      const ended = vi.waitUntil(
        async () => {
          const operation = await loads.get(id).catch(() => undefined);
          return operation !== undefined && /^(succ|fail|canc)/.test(operation.state) && operation;
        },
        { timeout: 240_000, interval: 200 },
      );
      await sleep(random.below(KILL_WITHIN_MS));
      const pids = await find(client, cluster);
      expect(pids).not.toEqual([]);
      for (const pid of pids) process.kill(pid, "SIGKILL");
      return ended;
    });
    expect(result).toMatchObject({ state: "succeeded", problem: null });
    expect(result.result?.tables["reads"]).toMatchObject({ loaded: READS, known: 0 });
    // All reads of the load are there besides those that were acknowledged.
    expect(missing).toBeLessThanOrEqual(-READS);
    expect(isDerivedRight).toBe(true);
    const held = () => vtgate.global.query("select 1 from stream_hold");
    await expect.poll(held, { timeout: 60_000, interval: 500 }).toEqual([]);
  });
});
