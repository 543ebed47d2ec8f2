/** What Prometheus is told of a local cluster. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { firstTablets, listPorts, toPaths, toPorts } from "#infra/local/cluster/layout.ts";
import { writeTargets } from "#infra/local/cluster/prometheus-targets.ts";
import { toMetrics } from "#infra/local/cluster/supervisor-metrics.ts";

const home = await mkdtemp(join(tmpdir(), "tagenal-targets-"));
afterAll(() => rm(home, { recursive: true }));

describe("Prometheus", () => {
  it("finds each tablet by its own page, and its MySQL by its socket", async () => {
    const paths = toPaths(home);
    await writeTargets(paths, toPorts(20_000, firstTablets).tablets);
    const read = async (name: string) =>
      JSON.parse(await readFile(join(paths.prometheus, name), "utf8"));
    const labels = {
      tablet: "beijing-101",
      keyspace: "tagenal",
      shard: "-80",
      data_center: "beijing",
    };
    const tablets = await read("tablets.json");
    expect(tablets).toHaveLength(9);
    expect(tablets[0]).toEqual({ targets: ["127.0.0.1:20100"], labels });
    expect((await read("mysqld.json"))[0]).toEqual({
      targets: ["beijing-101"],
      labels: { ...labels, __param_target: `unix://${join(paths.sockets, "m101")}` },
    });
  });

  it("is told by the supervisor which processes run", () => {
    const text = toMetrics([
      { name: "etcd", state: "running", restarts: 0, since: 0 },
      { name: "beijing-101/mysql", state: "waiting", restarts: 3, since: 0 },
    ]);
    expect(text).toContain('tagenal_unit_up{unit="etcd"} 1\n');
    expect(text).toContain('tagenal_unit_up{unit="beijing-101/mysql"} 0\n');
    expect(text).toContain('tagenal_unit_restarts_total{unit="beijing-101/mysql"} 3\n');
  });

  it("has ports that nobody else has", () => {
    const ports = listPorts(20_000);
    expect(new Set(ports).size).toBe(ports.length);
  });
});
