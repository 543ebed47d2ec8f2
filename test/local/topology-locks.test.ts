import { describe, expect, it } from "vitest";
import { leasesOf } from "#infra/local/cluster/topology-locks.ts";

const encode = (text: string): string => Buffer.from(text).toString("base64");

const lock = (path: string, action: string, lease: string) => ({
  key: encode(`/vitess/global/${path}/locks/${lease}`),
  value: encode(JSON.stringify({ Action: action, HostName: "one", Status: "Running" })),
  lease,
});

const entries = [
  { key: encode("/vitess/global/keyspaces/tagenal/Keyspace"), value: "\n\u0007" },
  lock("internal/named_locks/tagenal/split_1", "WorkflowSwitchTraffic", "11"),
  lock("keyspaces/tagenal", "SwitchWrites", "12"),
  lock("keyspaces/tagenal/shards/-80", "PlannedReparentShard(beijing-101, AvoidPrimary = )", "13"),
  lock("keyspaces/tagenal/shards/80-", "VTOrc Recovery for DeadPrimary on hongkong-201", "21"),
  lock("keyspaces/tagenal", "CreateShard", "31"),
];

describe("locks in the topology", () => {
  it("are freed where the one who held them has ended, and nobody else's", () => {
    expect(leasesOf("vtctld", entries)).toEqual(["11", "12", "13"]);
    expect(leasesOf("vtorc", entries)).toEqual(["21"]);
  });

  it("are only what holds a lease: nothing is freed where there is none", () => {
    expect(leasesOf("vtctld", entries.slice(0, 1))).toEqual([]);
  });
});
