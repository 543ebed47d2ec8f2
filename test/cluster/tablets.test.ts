/**
 * Servers are backed up, join, are promoted, leave; meanwhile, in other shards, one begins anew and
 * a whole shard moves to another data center: all of it done by functions and the real operator,
 * while somebody reads and somebody writes.
 */
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createVtgate } from "#shared/vtgate.ts";
import { createTabletClient, FIRST_UID, SHARD, type Tablet } from "../integration/tablet-client.ts";
import { injectKubernetes, useKubectl } from "./kubernetes.ts";
import { record } from "./measure.ts";

const cluster = inject("cluster");
const kubectl = useKubectl(injectKubernetes());
const { ask, run, listTablets, findPrimary, startTraffic } = createTabletClient(cluster);
const MOVING = "tagenal/80-";
const SMALL = "global/-";

interface Phase {
  readonly name: string;
  readonly seconds: number;
}

/** By name; an operation may come to the same phase again. */
const toSeconds = (phases: readonly Phase[]): Readonly<Record<string, number>> => {
  const sums: Record<string, number> = {};
  for (const { name, seconds } of phases)
    sums[name] = Math.round(10 * ((sums[name] ?? 0) + seconds)) / 10;
  return sums;
};

/** What an operation took, in all and in each of its phases. */
const timed = async (request: object) => {
  const startedAt = performance.now();
  const { result } = await run(request);
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  const phases = toSeconds((result?.["phases"] ?? []) as readonly Phase[]);
  return { result, figures: { seconds, phases } };
};

const labelOf = (tablet: string): string =>
  `planetscale.com/tablet-uid=${(tablet.split("-")[1] ?? "").padStart(10, "0")}`;
const readVolume = (tablet: string): Promise<string> => {
  const uid = "jsonpath={.items[*].metadata.uid}";
  return kubectl(["get", "pvc", "-n", "tagenal-vitess", "-l", labelOf(tablet), "-o", uid]);
};

const heal = async () => {
  const replica = (await listTablets(SMALL)).find(({ role }) => role === "replica");
  const tablet = replica?.tablet ?? "";
  const volume = await readVolume(tablet);
  const { figures } = await timed({ kind: "heal-tablet", tablet });
  return { tablet, volume, figures };
};
const move = () => timed({ kind: "migrate", shard: MOVING, to: "beijing", confirm: MOVING });

/** An operation locks its shard, and no other. */
const workElsewhere = () => {
  const healed = heal();
  const moved = move();
  // Who waits for them hears of it.
  Promise.allSettled([healed, moved]).catch(() => undefined);
  return { healed, moved };
};

describe("the servers of a cluster on Kubernetes", () => {
  let elsewhere: ReturnType<typeof workElsewhere>;
  let traffic: ReturnType<typeof startTraffic>;
  let before: Tablet[];
  let joined = "";
  beforeAll(async () => {
    before = await listTablets();
    traffic = startTraffic();
    elsewhere = workElsewhere();
  });
  afterAll(async () => {
    await traffic.stop();
    const vtgate = createVtgate(cluster.vtgateUrl, { connections: 1 });
    await vtgate.tagenal.write("delete from user_directory where uid >= ?", [FIRST_UID]);
    await vtgate.close();
  });

  it("are listed, three of them, and are ours to add and remove", () => {
    expect(before.map(({ role, state }) => [role, state])).toEqual([
      ["primary", "serving"],
      ["replica", "serving"],
      ["replica", "serving"],
    ]);
    expect(before).toEqual(before.map(() => expect.objectContaining({ isManaged: true })));
  });

  it("are backed up to the object store", async () => {
    const { result, figures } = await timed({ kind: "back-up", shard: SHARD });
    await record("backUp", figures);
    expect(result?.["backup"]).toMatch(/^\d{4}-\d\d-\d\d\.\d{6}\./);
  });

  it("become more: one joins, from the backup, and serves", async () => {
    const request = { kind: "join-tablet", dataCenter: "hongkong", shard: SHARD };
    const { result, figures } = await timed(request);
    await record("joinTablet", figures);
    joined = String(result?.["tablet"]);
    const found = (await listTablets()).find(({ tablet }) => tablet === joined);
    expect(found).toMatchObject({ dataCenter: "hongkong", role: "replica", state: "serving" });
    const log = ["logs", "-n", "tagenal-vitess", "-l", labelOf(joined), "-c", "vttablet"];
    expect(await kubectl([...log, "--tail=-1"])).toMatch(/got a restore manifest: &\{\S+ builtin /);
  });

  it("hand over when it is planned", async () => {
    const from = await findPrimary();
    const to = (await listTablets()).find(
      ({ tablet, dataCenter }) => dataCenter === "beijing" && tablet !== from,
    );
    const { figures } = await timed({ kind: "promote-standby", shard: SHARD, to: to?.tablet });
    await record("promoteStandby", figures);
    expect(await findPrimary()).toBe(to?.tablet);
  });

  it("leave in the reverse order of their joining, and say so", async () => {
    const own = (await listTablets()).filter(({ dataCenter }) => dataCenter === "hongkong");
    const first = own.find(({ tablet }) => tablet !== joined)?.tablet ?? "";
    const request = { kind: "drop-tablet", tablet: first, confirm: first, force: true };
    const { status, body } = await ask<{ reasons: string[] }>("/v1/operations", request);
    expect(status).toBe(409);
    expect(body.reasons.join()).toContain(`${first} leaves only after ${joined}`);
  });

  it("leave, with pod, record and volume", async () => {
    const { figures } = await timed({ kind: "drop-tablet", tablet: joined, confirm: joined });
    await record("dropTablet", figures);
    expect((await listTablets()).map(({ tablet }) => tablet)).not.toContain(joined);
    expect(await readVolume(joined)).toBe("");
  });

  it("began anew in another shard, on another volume", async () => {
    const { tablet, volume, figures } = await elsewhere.healed;
    await record("healTablet", figures);
    const found = (await listTablets(SMALL)).find((one) => one.tablet === tablet);
    expect(found).toMatchObject({ role: "replica", state: "serving" });
    expect(await readVolume(tablet)).not.toBe(volume);
  });

  it("moved with a whole shard to the other data center", async () => {
    const { figures } = await elsewhere.moved;
    await record("migrateShard", figures);
    expect((await listTablets(MOVING)).map(({ role, dataCenter }) => [role, dataCenter])).toEqual([
      ["primary", "beijing"],
      ["replica", "beijing"],
      ["replica", "hongkong"],
    ]);
  });

  it("have answered every request meanwhile", async () => {
    await traffic.stop();
    const { reads, writes, errors, longestWriteMs, longestReadMs } = traffic.seen;
    const [first = null] = errors;
    const longestPauseMs = Math.round(Math.max(longestWriteMs, longestReadMs));
    await record("trafficDuringOperations", {
      ...{ reads, writes, errors: errors.length, first, longestPauseMs },
    });
    expect(errors).toEqual([]);
    expect(reads).toBeGreaterThan(100);
  });
});
