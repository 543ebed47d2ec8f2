/**
 * A shard becomes two while somebody writes and somebody reads through the API: undone, cancelled,
 * and for good. The derived tables, which read all shards, agree with the reads each time.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createVtgate, type Vtgate } from "#shared/vtgate.ts";
import { type StartedCluster, startTestCluster } from "../integration/cluster.ts";
import {
  createTabletClient,
  type Operation,
  type TabletClient,
} from "../integration/tablet-client.ts";
import { createUnderTraffic } from "../integration/under-traffic.ts";

const LONGEST_WRITE_MS = 2_000;

describe("a shard that is split", () => {
  let cluster: StartedCluster;
  let client: TabletClient;
  let vtgate: Vtgate;
  beforeAll(async () => {
    cluster = await startTestCluster({ isEmpty: false });
    client = createTabletClient(cluster);
    vtgate = createVtgate(cluster.vtgateUrl, { connections: 2 });
  });
  afterAll(async () => {
    await vtgate?.close();
    await cluster?.stop();
  });

  const shards = async (): Promise<string[]> => (await vtgate.shards()).sort();

  const untilEnded = async (work: () => Promise<Operation>): Promise<Operation> => {
    const { result, traffic, ...found } = await createUnderTraffic(cluster, vtgate)(work);
    expect(result.problem).toBeNull();
    expect(traffic.errors).toEqual([]);
    expect(traffic.writes).toBeGreaterThan(20);
    expect(found).toMatchObject({ areRowsSame: true, missing: 0, isDerivedRight: true });
    expect(traffic.longestWriteMs).toBeLessThan(LONGEST_WRITE_MS);
    return result;
  };

  it("serves as two, and as one again when that is undone", async () => {
    const ended = await untilEnded(async () => {
      const id = await client.begin({ kind: "split", shard: "-80", keepSeconds: 3_600 });
      await client.untilPhase(id, ["keep"]);
      expect(await shards()).toEqual(["-40", "40-80", "80-"]);
      await sleep(2_000);
      expect((await client.ask(`/v1/operations/${id}/undo`, {})).status).toBe(202);
      return client.untilEnded(id);
    });
    expect(ended.state).toBe("undone");
    expect(await shards()).toEqual(["-80", "80-"]);
    expect(await client.listTablets()).toHaveLength(3);
    expect(await client.listTablets("tagenal/-40")).toEqual([]);
  });

  it("leaves no trace where it is cancelled before it is switched", async () => {
    const ended = await untilEnded(async () => {
      const id = await client.begin({ kind: "split", shard: "-80", at: "40", keepSeconds: 3_600 });
      await client.untilPhase(id, ["copy", "compare"]);
      await client.ask(`/v1/operations/${id}/cancel`, {});
      return client.untilEnded(id);
    });
    expect(ended.state).toBe("cancelled");
    expect(await shards()).toEqual(["-80", "80-"]);
    expect(await client.listTablets("tagenal/40-80")).toEqual([]);
  });

  it("becomes two for good, and the old servers are gone", async () => {
    const ended = await untilEnded(async () =>
      client.untilEnded(await client.begin({ kind: "split", shard: "-80", keepSeconds: 0 })),
    );
    expect(ended.state).toBe("succeeded");
    expect(ended.result?.["became"]).toEqual(["tagenal/-40", "tagenal/40-80"]);
    expect(await shards()).toEqual(["-40", "40-80", "80-"]);
    expect(await client.listTablets()).toEqual([]);
    for (const shard of ["tagenal/-40", "tagenal/40-80"])
      expect((await client.listTablets(shard)).map(({ role }) => role)).toEqual([
        ...["primary", "replica", "replica"],
      ]);
  });
});
