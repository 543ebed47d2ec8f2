/**
 * The longer operations on a cluster of their own, under traffic, and with something killed on the
 * way: each ends by itself, and nobody who reads or writes meanwhile sees an error.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askStatus } from "#infra/local/cluster/control.ts";
import { toPaths } from "#infra/local/cluster/layout.ts";
import { type StartedCluster, startTestCluster } from "../integration/cluster.ts";
import {
  createTabletClient,
  type Operation,
  SHARD,
  type TabletClient,
} from "../integration/tablet-client.ts";
import { keepFigures } from "./keep-figures.ts";

describe("an operation on the servers", () => {
  let cluster: StartedCluster;
  let client: TabletClient;
  let traffic: ReturnType<TabletClient["startTraffic"]>;
  beforeAll(async () => {
    cluster = await startTestCluster();
    client = createTabletClient(cluster);
    traffic = client.startTraffic();
  });
  afterAll(async () => {
    await traffic.stop();
    await cluster.stop();
  });

  const checksumOn = async (name: string): Promise<unknown> => {
    const connection = await client.openMysql(name);
    try {
      const [rows] = await connection.query("checksum table user_directory");
      return (rows as { Checksum: unknown }[])[0]?.Checksum;
    } finally {
      await connection.end();
    }
  };

  const kill = async (unit: string): Promise<void> => {
    const status = await askStatus(toPaths(cluster.home));
    const pid = status?.units.find(({ name }) => name === unit)?.pid;
    if (pid === undefined) throw new Error(`${unit} does not run`);
    process.kill(pid, "SIGKILL");
  };

  it("backs a shard up, and restores it as another server with the same rows", async () => {
    const { result } = await client.run({ kind: "back-up", shard: SHARD });
    expect(String(result?.["backup"])).toMatch(/^\d{4}-\d\d-\d\d\.\d{6}\.hongkong-/);
    const restored = await client.run({ kind: "restore", shard: SHARD, dataCenter: "beijing" });
    const name = String(restored.result?.["tablet"]);
    await traffic.stop();
    const primary = await client.findPrimary();
    await expect
      .poll(async () => (await checksumOn(name)) === (await checksumOn(primary)), {
        timeout: 20_000,
      })
      .toBe(true);
    keepFigures(traffic.seen);
    expect(traffic.seen.errors).toEqual([]);
    traffic = client.startTraffic();
    await client.run({ kind: "drop-tablet", tablet: name, confirm: name });
  });

  it("moves a shard to the other data center and back", async () => {
    for (const to of ["hongkong", "beijing"]) {
      await client.run({ kind: "migrate", shard: SHARD, to, confirm: SHARD });
      const tablets = await client.listTablets();
      expect(tablets.find(({ role }) => role === "primary")?.dataCenter).toBe(to);
      expect(tablets.filter(({ dataCenter }) => dataCenter === to)).toHaveLength(2);
      expect(tablets).toHaveLength(3);
    }
    keepFigures(traffic.seen);
    expect(traffic.seen.errors).toEqual([]);
  });

  it.each(["vtctld", "broker", "entry"])("goes on when %s is killed", async (unit) => {
    const asked = await client.ask<Operation>("/v1/operations", {
      ...{ kind: "join-tablet", dataCenter: "hongkong", shard: SHARD },
    });
    expect(asked.status).toBe(202);
    await kill(unit);
    const { state, result } = await client.untilEnded(asked.body.id);
    expect(state).toBe("succeeded");
    const name = String(result?.["tablet"]);
    expect((await client.listTablets()).map(({ tablet }) => tablet)).toContain(name);
    await client.run({ kind: "drop-tablet", tablet: name, confirm: name });
  });

  it("does not wait for the locks of a vtctld that was killed", async () => {
    const text = await readFile(join(cluster.home, "cluster.json"), "utf8");
    const { etcd } = JSON.parse(text) as { etcd: number };
    const askEtcd = async (path: string, body: object) => {
      const request = { method: "POST", body: JSON.stringify(body) };
      const answer = await fetch(`http://127.0.0.1:${etcd}/v3/${path}`, request);
      return (await answer.json()) as { ID?: string; kvs?: unknown[] };
    };
    // As Vitess locks a workflow that it switches: for a day, unless it is freed.
    const { ID: lease } = await askEtcd("lease/grant", { TTL: 24 * 60 * 60 });
    const path = `/vitess/global/internal/named_locks/tagenal/split/locks/${lease}`;
    const key = Buffer.from(path).toString("base64");
    const value = Buffer.from('{"Action":"WorkflowSwitchTraffic"}').toString("base64");
    await askEtcd("kv/put", { key, value, lease });
    expect((await askEtcd("kv/range", { key })).kvs).toHaveLength(1);
    await kill("vtctld");
    await expect
      .poll(async () => (await askEtcd("kv/range", { key })).kvs, { timeout: 30_000 })
      .toBeUndefined();
  });

  it("is taken back where it is cancelled: what has joined half is removed", async () => {
    const { body } = await client.ask<Operation>("/v1/operations", {
      ...{ kind: "join-tablet", dataCenter: "hongkong", shard: SHARD },
    });
    await expect
      .poll(() => client.listTablets(), { timeout: 30_000, interval: 200 })
      .toHaveLength(4);
    await client.ask(`/v1/operations/${body.id}/cancel`, {});
    expect((await client.untilEnded(body.id)).state).toBe("cancelled");
    await expect
      .poll(() => client.listTablets(), { timeout: 60_000, interval: 500 })
      .toHaveLength(3);
  });
});
