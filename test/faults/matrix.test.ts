/**
 * Kills in the middle of operations: each kind meets each kind of loss. Every one ends as it was
 * asked for, by itself; every shard has a primary and two replicas that follow; every write that was
 * acknowledged through the API is there. Callers may see errors where a part of the system itself is
 * killed: what is promised is that nothing acknowledged is lost, and that it heals.
 *
 * MATRIX="split, migrate × etcd, vtorc; restore × the broker" in the environment runs a part of it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { MOST_LAG_SECONDS } from "#shared/cluster-view.ts";
import type { TestCluster } from "../integration/cluster.ts";
import { findFunction } from "../integration/functions.ts";
import {
  type Operation,
  SHARD,
  type Tablet,
  type TabletClient,
} from "../integration/tablet-client.ts";
import { useSampleCluster } from "./sample-cluster.ts";
import { ofPrimary, unit } from "./victims.ts";

interface Kind {
  /** The function that does it. */
  readonly worker: string;
  /** Phases in whose midst the kill comes. */
  readonly phases: readonly string[];
  readonly toRequest: (tablets: readonly Tablet[]) => object;
  /** Lets the cluster be as before. */
  readonly after?: (client: TabletClient, ended: Operation) => Promise<void>;
}

const drop = async (client: TabletClient, { result }: Operation): Promise<void> => {
  const tablet = String(result?.["tablet"]);
  await client.run({ kind: "drop-tablet", tablet, confirm: tablet });
};

const replicaOf = (tablets: readonly Tablet[]): string =>
  tablets.find(({ role }) => role === "replica")?.tablet ?? "";

const migrate: Kind = {
  worker: "migrate-shard",
  phases: ["copy", "catch up"],
  toRequest: (tablets) => {
    const home = tablets.find(({ role }) => role === "primary")?.dataCenter;
    const to = home === "beijing" ? "hongkong" : "beijing";
    return { kind: "migrate", shard: SHARD, to, confirm: SHARD };
  },
};

const split: Kind = {
  worker: "split-shard",
  phases: ["copy"],
  toRequest: () => ({ kind: "split", shard: SHARD, keepSeconds: 3_600 }),
  // What serves is two shards then: taken back, for the next one.
  after: async (client, { id }) => {
    await client.ask(`/v1/operations/${id}/undo`, {});
    expect((await client.untilEnded(id)).state).toBe("undone");
  },
};

const kinds: Readonly<Record<string, Kind>> = {
  "join-tablet": {
    worker: "join-tablet",
    phases: ["copy", "catch up", "start"],
    toRequest: () => ({ kind: "join-tablet", dataCenter: "hongkong", shard: SHARD }),
    after: drop,
  },
  "drop-tablet": {
    worker: "drop-tablet",
    phases: ["copy", "catch up", "drain", "stop"],
    toRequest: (tablets) => {
      const tablet = replicaOf(tablets);
      return { kind: "drop-tablet", tablet, confirm: tablet, replace: true };
    },
  },
  "promote-standby": {
    worker: "promote-standby",
    phases: ["check", "promote"],
    toRequest: () => ({ kind: "promote-standby", shard: SHARD }),
  },
  "heal-tablet": {
    worker: "heal-tablet",
    phases: ["empty", "copy", "start"],
    toRequest: (tablets) => ({ kind: "heal-tablet", tablet: replicaOf(tablets) }),
  },
  "back-up": {
    worker: "back-up-shard",
    phases: ["back up"],
    toRequest: () => ({ kind: "back-up", shard: SHARD }),
  },
  restore: {
    worker: "join-tablet",
    phases: ["start", "copy", "catch up"],
    toRequest: () => ({ kind: "restore", shard: SHARD, dataCenter: "beijing" }),
    after: drop,
  },
  migrate,
  "migrate at its hand-over": { ...migrate, phases: ["move the primary"] },
  split,
  "split at its switch": { ...split, phases: ["switch"] },
};

/** Process ids; below zero, those of whole groups. */
type Victim = (
  client: TabletClient,
  cluster: TestCluster,
  kind: Kind,
) => Promise<readonly number[]>;

const functionOf: Victim = async (_client, cluster, { worker }) => {
  const pid = await findFunction(cluster, worker);
  return pid === undefined ? [] : [pid];
};

/** Whole process groups: mysqlctld's death takes its MySQL along. */
const victims: Readonly<Record<string, Victim>> = {
  "the primary's MySQL": ofPrimary("/mysql"),
  "the primary's vttablet": ofPrimary(""),
  "the primary's server": ofPrimary("", "/mysql"),
  vtorc: unit("vtorc"),
  vtctld: unit("vtctld"),
  etcd: unit("etcd"),
  "the event function": functionOf,
  "the entry": unit("entry"),
  "the broker": unit("broker"),
};

const parts = (process.env["MATRIX"] ?? "").split(";").map((part) => part.split("×"));
const isNamed = (name: string, only = ""): boolean =>
  only.trim() === "" || only.split(",").some((part) => part.trim() === name);
const cells = parts.flatMap(([only, whom]) =>
  Object.entries(kinds)
    .filter(([kind]) => isNamed(kind, only))
    .flatMap(([kind, does]) =>
      Object.entries(victims)
        .filter(([victim]) => isNamed(victim, whom))
        .map(([victim, find]) => ({ kind, does, victim, find })),
    ),
);

/** The longest are splits, with their undoing. */
const CELL_MS = 600_000;

describe("an operation in whose midst something is killed", () => {
  const suite = useSampleCluster(async ({ client }) => {
    if (cells.some(({ kind }) => kind === "restore"))
      await client.run({ kind: "back-up", shard: SHARD });
  });

  const isWhole = (tablets: readonly Tablet[]): boolean => {
    const serving = tablets.filter(({ state }) => state === "serving");
    // One that catches up still serves, but nobody would choose it for the next operation.
    const isClose = ({ lagSeconds }: Tablet): boolean =>
      lagSeconds !== null && lagSeconds <= MOST_LAG_SECONDS;
    return (
      serving.filter(({ role }) => role === "primary").length === 1 &&
      serving.filter((tablet) => tablet.role === "replica" && isClose(tablet)).length >= 2
    );
  };

  /** By itself, but not at once: a server that was killed may have to be made anew. */
  const untilWhole = (): Promise<void> =>
    expect
      .poll(
        async () =>
          isWhole(
            await suite()
              .client.listTablets()
              .catch(() => []),
          ),
        {
          ...{ timeout: 300_000, interval: 1_000 },
        },
      )
      .toBe(true);

  const untilDone = async (id: string, kind: string): Promise<Operation> => {
    const { client } = suite();
    if (!kind.startsWith("split")) return client.untilEnded(id);
    await client.untilPhase(id, ["keep"]);
    return (await client.ask<Operation>(`/v1/operations/${id}`)).body;
  };

  it.each(cells)("ends as it should: $kind, and $victim", { timeout: CELL_MS }, async (cell) => {
    const { kind, does, find } = cell;
    const { client, cluster, underTraffic } = suite();
    await untilWhole();
    const request = does.toRequest(await client.listTablets());
    const { result, missing, areRowsSame, isDerivedRight } = await underTraffic(async () => {
      const id = await client.begin(request);
      await client.untilPhase(id, does.phases).catch(() => undefined);
      const pids = await find(client, cluster, does);
      expect(pids).not.toEqual([]);
      for (const pid of pids) process.kill(pid, "SIGKILL");
      const ended = await untilDone(id, kind);
      await sleep(1_000);
      return ended;
    });
    expect(result.problem).toBeNull();
    expect(["succeeded", "waiting", "running"]).toContain(result.state);
    expect({ missing: missing > 0, areRowsSame, isDerivedRight }).toEqual({
      ...{ missing: false, areRowsSame: true, isDerivedRight: true },
    });
    await does.after?.(client, result);
    await untilWhole();
  });
});
