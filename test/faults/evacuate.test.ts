/** All that a data center holds moves to the other one, a primary included, while somebody writes and reads. */
import { describe, expect, it } from "vitest";
import { useSampleCluster } from "./sample-cluster.ts";

const LEFT = "hongkong";
/** Longer than vtgate holds a write back: it would have been refused. */
const HUNG_MS = 30_000;

describe("a data center that is evacuated", () => {
  const suite = useSampleCluster();
  const request = { kind: "evacuate", dataCenter: LEFT, confirm: LEFT };

  it("is not evacuated by a typing error", async () => {
    const { status, body } = await suite().client.ask<{ field?: string }>("/v1/operations", {
      ...{ ...request, confirm: "hongkng" },
    });
    expect({ status, field: body.field }).toEqual({ status: 400, field: "confirm" });
  });

  it("is as before where that is cancelled while servers come", async () => {
    const { client } = suite();
    const names = async () => (await client.listManaged()).map(({ name }) => name).sort();
    const before = await names();
    const id = await client.begin(request);
    await client.untilPhase(id, ["copy", "catch up"]);
    expect((await names()).length).toBeGreaterThan(before.length);
    await client.ask(`/v1/operations/${id}/cancel`, {});
    expect((await client.untilEnded(id)).state).toBe("cancelled");
    expect(await names()).toEqual(before);
  });

  it("holds nothing afterwards, and nobody has noticed", async () => {
    const { client, underTraffic } = suite();
    const { result, traffic, ...found } = await underTraffic(async () =>
      client.untilEnded(await client.begin(request)),
    );
    expect(result).toMatchObject({ problem: null, state: "succeeded" });
    expect(traffic.errors).toEqual([]);
    expect(traffic.writes).toBeGreaterThan(20);
    expect(found).toMatchObject({ areRowsSame: true, missing: 0, isDerivedRight: true });
    expect((await client.listManaged()).map(({ dataCenter }) => dataCenter)).not.toContain(LEFT);
    for (const shard of ["global/0", "tagenal/-80", "tagenal/80-"]) {
      const tablets = await client.listTablets(shard);
      expect(tablets.map(({ role, state }) => `${role} ${state}`).sort()).toEqual([
        ...["primary serving", "replica serving", "replica serving"],
      ]);
      expect(tablets.map(({ dataCenter }) => dataCenter)).not.toContain(LEFT);
    }
    expect(traffic.longestWriteMs).toBeLessThan(HUNG_MS);
  });
});
