/** The database on Kubernetes is the local one: same shards, flags and settings, from its manifest. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { bringPrimariesHome, findHome, planPromotions } from "#infra/database/homes.ts";
import { makeSecrets, requireTls, toSecretObjects } from "#infra/kubernetes/secrets.ts";
import type { Context } from "#infra/local/cluster/context.ts";
import { vtorcUnit } from "#infra/local/cluster/control-units.ts";
import { shards, toPaths, toPorts } from "#infra/local/cluster/layout.ts";
import { vtgateUnit } from "#infra/local/cluster/serving-units.ts";
import { vttabletUnit, writeExtraSettings } from "#infra/local/cluster/tablet-units.ts";
import { toPoolOptions } from "#shared/vtgate-options.ts";

const root = join(import.meta.dirname, "../..");
const home = join(tmpdir(), "tagenal-none");
const context: Context = {
  parts: {
    ...{ vitess: "/vt", etcd: "", versitygw: "", redisServer: "", redisCli: "", mysqlRoot: "" },
    monitoring: { jaeger: "" },
  },
  paths: toPaths(home),
  ports: toPorts(20_000),
  settings: {
    version: 1,
    basePort: 20_000,
    entryPort: 8080,
    password: "",
    objectStoreKey: "",
    objectStoreSecret: "",
    tablets: [],
  },
  root,
  prometheus: false,
};

interface Pool {
  readonly cell: string;
  readonly replicas: number;
  readonly vttablet: { readonly extraFlags: Flags };
  readonly mysqld: { readonly configOverrides: string };
}
type Flags = Readonly<Record<string, string>>;
interface Shard {
  readonly keyRange?: { readonly start?: string; readonly end?: string };
  readonly tabletPools: readonly Pool[];
}
interface Keyspace {
  readonly name: string;
  readonly durabilityPolicy: string;
  readonly vitessOrchestrator: { readonly extraFlags: Flags };
  readonly partitionings: readonly [
    { readonly custom?: { shards: readonly Shard[] }; readonly equal?: { shardTemplate: Shard } },
  ];
}
interface Cluster {
  readonly spec: {
    readonly cells: readonly { name: string; gateway: { extraFlags: Flags } }[];
    readonly keyspaces: readonly Keyspace[];
  };
}

const file = join(root, "infra/kubernetes/database/212_vitess_cluster.yaml");
const { spec } = parse(await readFile(file, "utf8"), { merge: true }) as Cluster;
const shardsOf = ({ partitionings: [{ custom, equal }] }: Keyspace): readonly Shard[] =>
  custom?.shards ?? (equal ? [equal.shardTemplate] : []);
const pools = spec.keyspaces.flatMap(shardsOf).flatMap(({ tabletPools }) => tabletPools);

/** `--name value` and `--name` alone, as the units have them. */
const parseArgs = (args: readonly string[]): Flags => {
  const flags: Record<string, string> = {};
  for (const [index, arg] of args.entries()) {
    if (!arg.startsWith("--")) continue;
    const next = args[index + 1];
    flags[arg.slice(2)] = next === undefined || next.startsWith("--") ? "true" : next;
  }
  return flags;
};

const spell = (flags: Flags): Flags =>
  Object.fromEntries(
    Object.entries(flags).map(([name, value]) => [name.replaceAll("_", "-"), value]),
  );

/** Where something is, how it is reached (here by TLS) and where a new one gets its data differs. */
const placed =
  /^(topo-(implementation|global)|bind-address|port|grpc-|cell$|service-map|mysql|tablet-(path|hostname)|init-|db-clone-|db-ssl|db-\w+-use-ssl$|tablet-grpc-|tablet-manager-grpc-|s3-backup-aws-endpoint|otel-endpoint)/;
const unplaced = (flags: Flags): Flags =>
  Object.fromEntries(Object.entries(flags).filter(([name]) => !placed.test(name)));

describe("a VitessCluster", () => {
  it("has the local shards, each at home with two tablets of three", () => {
    const found = spec.keyspaces.flatMap((keyspace) =>
      shardsOf(keyspace).map(({ keyRange, tabletPools }) => ({
        keyspace: keyspace.name,
        shard: keyRange ? `${keyRange.start ?? ""}-${keyRange.end ?? ""}` : "0",
        home: tabletPools.find(({ replicas }) => replicas === 2)?.cell,
        tablets: tabletPools.map(({ replicas }) => replicas).reduce((a, b) => a + b),
      })),
    );
    const expected = shards.map(({ keyspace, shard, primary }) => ({
      keyspace,
      shard,
      home: primary.split("-")[0],
      tablets: 3,
    }));
    expect(found).toHaveLength(expected.length);
    expect(found).toEqual(expect.arrayContaining(expected));
    for (const { keyspace, shard, home } of found) expect(findHome(keyspace, shard)).toBe(home);
    for (const { durabilityPolicy } of spec.keyspaces) expect(durabilityPolicy).toBe("semi_sync");
  });

  it("runs vtgate as locally", () => {
    for (const { name, gateway } of spec.cells) {
      const local = vtgateUnit(context, name === "beijing" ? "beijing" : "hongkong");
      expect(unplaced(spell(gateway.extraFlags))).toEqual(unplaced(parseArgs(local.args)));
    }
  });

  it("runs vtorc as locally", () => {
    const local = unplaced(parseArgs(vtorcUnit(context).args));
    for (const { vitessOrchestrator } of spec.keyspaces)
      expect(unplaced(spell(vitessOrchestrator.extraFlags))).toEqual(local);
  });

  it("runs vttablet as locally", () => {
    const [tablet] = context.ports.tablets;
    if (tablet === undefined) throw new Error("no tablet");
    const local = unplaced(parseArgs(vttabletUnit(context, tablet).args));
    // A backup instead of a copy; and Vitess's own values, against the operator's.
    const vitess = {
      "restore-from-backup": "true",
      "queryserver-config-max-result-size": "10000",
      "queryserver-config-query-timeout": "30s",
    };
    for (const { vttablet } of pools)
      expect(unplaced(spell(vttablet.extraFlags))).toEqual({ ...local, ...vitess });
  });

  it("sets MySQL up as locally", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tagenal-settings-"));
    try {
      await writeExtraSettings({ ...context, paths: toPaths(folder) });
      const local = (await readFile(join(folder, "extra-my.cnf"), "utf8")).trim().split("\n");
      const expected = local.filter((line) => !/^(bind-address|plugin-load)/.test(line));
      const tls = ["ca", "cert", "key"].map((name) => expect.stringMatching(`^ssl_${name} = /vt/`));
      for (const { mysqld } of pools)
        expect(mysqld.configOverrides.trim().split("\n")).toEqual([
          ...expected,
          ...tls,
          "require_secure_transport = ON",
        ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("primaries", () => {
  const tablet = (keyspace: string, shard: string, cell: string, uid: number, type: number) => ({
    keyspace,
    shard,
    alias: { cell, uid },
    type,
  });

  it("are brought home where they are away, and left alone at home", () => {
    const tablets = [
      tablet("tagenal", "-80", "beijing", 101, 1),
      tablet("tagenal", "-80", "hongkong", 103, 2),
      tablet("tagenal", "80-", "beijing", 203, 1),
      tablet("tagenal", "80-", "hongkong", 201, 2),
      tablet("global", "-", "hongkong", 303, 1),
      tablet("global", "-", "beijing", 4_000_000_301, 2),
    ];
    expect(planPromotions(tablets)).toEqual([
      { shard: "tagenal/80-", to: "hongkong-0000000201" },
      { shard: "global/-", to: "beijing-4000000301" },
    ]);
  });

  it("are all there only when each shard has one of its own", async () => {
    const tablets = [
      tablet("global", "-", "hongkong", 303, 1),
      tablet("global", "-", "beijing", 301, 1),
      tablet("tagenal", "-80", "beijing", 101, 1),
    ];
    const vtctl = async () => JSON.stringify(tablets);
    await expect(bringPrimariesHome(vtctl, 3)).rejects.toThrow("2 of 3 shards have a primary");
  });

  it("stay away where nobody at home could take over", () => {
    expect(planPromotions([tablet("tagenal", "80-", "beijing", 203, 1)])).toEqual([]);
  });
});

describe("secrets", () => {
  it("give each namespace what its pods need and no more", () => {
    const secrets = makeSecrets();
    const objects = toSecretObjects(secrets, "-- init") as readonly {
      metadata: { namespace: string };
      stringData: Record<string, string>;
    }[];
    const keys = Object.fromEntries(
      objects.map(({ metadata, stringData }) => [metadata.namespace, Object.keys(stringData)]),
    );
    expect(keys).toEqual({
      tagenal: ["VTGATE_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "API_TOKEN"],
      "tagenal-data": ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
      "tagenal-vitess": ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "users.json", "init_db.sql"],
    });
    const users = JSON.parse(objects[2]?.stringData["users.json"] ?? "") as {
      tagenal: [{ Password: string }];
    };
    expect(users.tagenal[0].Password).toBe(new URL(secrets.VTGATE_URL).password);
    expect(makeSecrets().VTGATE_URL).not.toBe(secrets.VTGATE_URL);
    const { VTGATE_URL } = requireTls(secrets);
    expect(toPoolOptions(VTGATE_URL, 1)).toMatchObject({
      ...{ user: "tagenal", password: users.tagenal[0].Password },
      ssl: { verifyIdentity: true },
    });
    expect(requireTls({ ...secrets, VTGATE_URL }).VTGATE_URL).toBe(VTGATE_URL);
  });
});
