/**
 * A shard becomes two while somebody writes and somebody reads through the API: undone, cancelled,
 * and for good. The derived tables, which read all shards, agree with the reads each time.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Operation } from "../integration/tablet-client.ts";
import { useSampleCluster } from "./sample-cluster.ts";

/** Longer than vtgate holds a write back: it would have been refused. */
const HUNG_MS = 30_000;

describe("a shard that is split", () => {
  const suite = useSampleCluster();

  const shards = async (): Promise<string[]> => (await suite().vtgate.shards()).sort();

  const untilEnded = async (work: () => Promise<Operation>): Promise<Operation> => {
    const { result, traffic, ...found } = await suite().underTraffic(work);
    expect(result.problem).toBeNull();
    expect(traffic.errors).toEqual([]);
    expect(traffic.writes).toBeGreaterThan(20);
    expect(found).toMatchObject({ areRowsSame: true, missing: 0, isDerivedRight: true });
    expect(traffic.longestWriteMs).toBeLessThan(HUNG_MS);
    return result;
  };

  it("serves as two, and as one again when that is undone", async () => {
    const ended = await untilEnded(async () => {
      const { client } = suite();
      const id = await client.begin({ kind: "split", shard: "-80", keepSeconds: 3_600 });
      await client.untilPhase(id, ["keep"]);
      expect(await shards()).toEqual(["-40", "40-80", "80-"]);
      await sleep(2_000);
      expect((await client.ask(`/v1/operations/${id}/undo`, {})).status).toBe(202);
      return client.untilEnded(id);
    });
    expect(ended.state).toBe("undone");
    expect(await shards()).toEqual(["-80", "80-"]);
    expect(await suite().client.listTablets()).toHaveLength(3);
    expect(await suite().client.listTablets("tagenal/-40")).toEqual([]);
  });

  it("leaves no trace where it is cancelled before it is switched", async () => {
    const ended = await untilEnded(async () => {
      const { client } = suite();
      const id = await client.begin({ kind: "split", shard: "-80", at: "40", keepSeconds: 3_600 });
      await client.untilPhase(id, ["copy", "compare"]);
      await client.ask(`/v1/operations/${id}/cancel`, {});
      return client.untilEnded(id);
    });
    expect(ended.state).toBe("cancelled");
    expect(await shards()).toEqual(["-80", "80-"]);
    expect(await suite().client.listTablets("tagenal/40-80")).toEqual([]);
  });

  it("becomes two for good, and the old servers are gone", async () => {
    const { client } = suite();
    const ended = await untilEnded(async () =>
      client.untilEnded(await client.begin({ kind: "split", shard: "-80", keepSeconds: 0 })),
    );
    expect(ended.state).toBe("succeeded");
    expect(ended.result?.["became"]).toEqual(["tagenal/-40", "tagenal/40-80"]);
    expect(await shards()).toEqual(["-40", "40-80", "80-"]);
    expect(await suite().client.listTablets()).toEqual([]);
    for (const shard of ["tagenal/-40", "tagenal/40-80"])
      expect((await client.listTablets(shard)).map(({ role }) => role)).toEqual([
        ...["primary", "replica", "replica"],
      ]);
  });
});
