import { describe, expect, it } from "vitest";
import { readTablets } from "#shared/cluster-view.ts";
import type { TabletRecord } from "#shared/vtctld.ts";

const record = (uid: number, type: "PRIMARY" | "REPLICA"): TabletRecord => ({
  ...{ alias: `hongkong-0000000${uid}`, cell: "hongkong", uid, keyspace: "tagenal", shard: "-80" },
  ...{ type, primarySince: null, webAddress: "" },
});

const health = (running: string, lag: string) => ({
  ReplicationHealth: `{"EventStreamRunning":"${running}","EventApplierRunning":"${running}"}`,
  ReplicationLag: lag,
});

/** Two replicas; `rows` is what vtgate says of how they follow. */
const read = async (rows: readonly object[] | undefined) => {
  const records = [record(101, "PRIMARY"), record(102, "REPLICA"), record(103, "REPLICA")];
  const asked: string[] = [];
  const tablets = await readTablets(
    {
      tablets: async () => records,
      replication: async (alias) => {
        asked.push(alias);
        if (alias.endsWith("103")) throw new Error("it does not answer");
        return { isRunning: true, lag: 2 };
      },
    },
    {
      query: async <T>(sql: string) => {
        if (!sql.includes("replication_status")) return [] as T[];
        if (rows === undefined) throw new Error("a shard has no primary");
        return rows as T[];
      },
    },
  );
  return { asked, found: tablets.map(({ isReplicating, lag }) => [isReplicating, lag]) };
};

describe("how replicas follow", () => {
  it("is what vtgate says where it knows", async () => {
    const rows = ["102", "103"].map((uid) => ({
      Alias: `hongkong-0000000${uid}`,
      ...health("Yes", "0"),
    }));
    expect(await read(rows)).toEqual({
      asked: [],
      found: [
        [false, null],
        [true, 0],
        [true, 0],
      ],
    });
  });

  it.each([
    {
      name: "vtgate knows nothing of another data center",
      rows: [{ Alias: "hongkong-0000000102", ...health("", "-1") }],
    },
    { name: "vtgate does not answer", rows: undefined },
  ])("is asked of themselves where $name", async ({ rows }) => {
    expect(await read(rows)).toEqual({
      asked: ["hongkong-0000000102", "hongkong-0000000103"],
      found: [
        [false, null],
        [true, 2],
        [false, null],
      ],
    });
  });
});
