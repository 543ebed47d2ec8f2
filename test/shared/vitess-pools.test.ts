/** The pools of a VitessCluster and their tablets, from the manifest that is deployed. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { keepTablets } from "#infra/kubernetes/keep-tablets.ts";
import { listPooled, listPools, toTablet, vitessCluster } from "#shared/vitess-pools.ts";

const file = join(import.meta.dirname, "../../infra/kubernetes/database/212_vitess_cluster.yaml");
const manifest = parse(await readFile(file, "utf8"), { merge: true }) as object;
const pools = listPools(vitessCluster.parse(manifest));

describe("the pools of our VitessCluster", () => {
  it("are one in each data center, for every shard", () => {
    expect(
      pools.map(({ keyspace, shard, cell, replicas }) => [keyspace, shard, cell, replicas]),
    ).toEqual([
      ["tagenal", "-80", "beijing", 2],
      ["tagenal", "-80", "hongkong", 1],
      ["tagenal", "80-", "hongkong", 2],
      ["tagenal", "80-", "beijing", 1],
      ["global", "-", "beijing", 2],
      ["global", "-", "hongkong", 1],
    ]);
  });

  it("are found where they are said to be", () => {
    const at = (path: string): unknown =>
      path
        .split("/")
        .slice(1)
        .reduce<unknown>((found, key) => (found as Record<string, unknown>)[key], manifest);
    for (const { path, cell, replicas } of pools)
      expect(at(path)).toMatchObject({ cell, replicas });
  });

  it("have tablets of different names", () => {
    const names = listPooled(pools).map(({ name }) => name);
    expect(names).toHaveLength(9);
    expect(new Set(names).size).toBe(9);
  });
});

describe("a tablet", () => {
  it("has the name that the operator gives it", () => {
    // The example of the operator's own test, pkg/operator/vttablet/uid_test.go.
    const pool = { keyspace: "keyspace", shard: "10-20", cell: "cell", replicas: 1, path: "" };
    expect(toTablet(pool, 1)).toMatchObject({ name: "cell-3376898362", alias: "cell-3376898362" });
  });
});

describe("a deployment of the database", () => {
  const sizes = (objects: readonly unknown[]) =>
    objects.flatMap((one) => listPools(vitessCluster.parse(one)).map(({ replicas }) => replicas));

  it("makes pools as the manifest says where there are none yet", () => {
    expect(sizes(keepTablets([manifest], undefined))).toEqual([2, 1, 2, 1, 2, 1]);
  });

  it("leaves tablets alone that have joined since, and sets everything else as it is wanted", () => {
    const text = JSON.stringify(manifest).replace('"replicas":2,', '"replicas":4,');
    const deployed: unknown = JSON.parse(text.replaceAll("RequireIdle", "Immediate"));
    const [kept, job] = keepTablets([manifest, { kind: "Job" }], deployed);
    expect(sizes([deployed])).not.toEqual(sizes([manifest]));
    expect(sizes([kept])).toEqual(sizes([deployed]));
    expect(JSON.stringify(kept)).toContain("RequireIdle");
    expect(job).toEqual({ kind: "Job" });
  });
});
